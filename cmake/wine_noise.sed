# Lines that Wine itself may write between a program's: that a thread cannot reach the server any more, as happens to
# threads that still exist when their process ends. Only these lines, as a whole, in the forms of Wine 8.0
# (server_protocol_error, server_protocol_perror), or as much of them as was written before the process ended: "wine
# client error:", the thread in hexadecimal digits, and what failed. A program's own lines also end in a carriage
# return.
/^wine client error:[0-9a-f]+: ((partial (wakeup )?(read|write) -?[0-9]+|((wakeup )?(read|write)|sendmsg|recvmsg|pipe): [A-Z][A-Za-z0-9 /-]+))?$/d
