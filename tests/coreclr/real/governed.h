/* Exit codes of governed in addition to the program's and corehost's own. */
#ifndef GOVERNED_H
#define GOVERNED_H

enum { BOOKS_DIFFER = 121, CONTRACT_BROKEN = 122 };

#endif
