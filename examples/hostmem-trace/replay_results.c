/* Whether two calls have the same result for their callers. See replay_calls.h. */
#include <corerror.h>

#include "replay_calls.h"

typedef enum result_class { SUCCESS, NO_MEMORY, NO_SERVICE, WRONG } result_class;

static result_class class_of(HRESULT hr)
{
    if (SUCCEEDED(hr))
        return SUCCESS;
    switch (hr) {
    case E_OUTOFMEMORY:
    case HOST_E_TIMEOUT:
    case HOST_E_ABANDONED:
        return NO_MEMORY;
    case HOST_E_CLRNOTAVAILABLE:
    case E_FAIL:
        return NO_SERVICE;
    default:
        return WRONG;
    }
}

bool replay_results_agree(uint32_t recorded, HRESULT now)
{
    return class_of((HRESULT)recorded) == class_of(now);
}
