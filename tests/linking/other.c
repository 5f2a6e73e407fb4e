/* Another object that uses one of them. */
#include <hostmem/interfaces.h>

extern const IID *linking_other(void);

const IID *linking_other(void)
{
    return &IID_IHostControl;
}
