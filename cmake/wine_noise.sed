# What Wine itself may write among a program's output: that a thread cannot reach the server any more, as happens to
# threads that are still there when their process ends. Only these lines, whole, in the forms that Wine 8.0 has for them
# (server_protocol_error, server_protocol_perror), or as far as they got when the process was gone: "wine client error:",
# the thread in hexadecimal digits, and then what failed. A program's own lines end in a carriage return besides.
/^wine client error:[0-9a-f]+: ((partial (wakeup )?(read|write) -?[0-9]+|((wakeup )?(read|write)|sendmsg|recvmsg|pipe): [A-Z][A-Za-z /]+))?$/d
