/* hostmem_parse_size. See size_text.h. */
#include "base/size_text.h"

#include <hostmem/hostmem.h>

HRESULT hostmem_parse_size(const char *text, UINT64 *bytes)
{
    uint64_t value = 0;

    if (bytes)
        *bytes = 0;
    if (!text || !bytes)
        return E_POINTER;
    switch (hmi_size_text_read(text, &value)) {
    case HMI_SIZE_TEXT_OK:
        *bytes = value;
        return S_OK;
    case HMI_SIZE_TEXT_TOO_LARGE:
        return HRESULT_FROM_WIN32(ERROR_ARITHMETIC_OVERFLOW);
    default:
        return E_INVALIDARG;
    }
}
