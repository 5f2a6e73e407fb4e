/* What governed exits with beside the program's code and corehost's own. */
#ifndef GOVERNED_H
#define GOVERNED_H

enum { BOOKS_DIFFER = 121, CONTRACT_BROKEN = 122 };

#endif
