/* Another object that names one of them. */
#include <hostmem/interfaces.h>

extern const IID *linking_other(void);

const IID *linking_other(void)
{
    return &IID_IHostControl;
}
