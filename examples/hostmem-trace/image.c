/* Headers of images, in the format that Microsoft describes as PE and PE32+. See image.h. */
#include "image.h"

#include <string.h>

#include "files.h"

enum {
    AT_HEADER_OFFSET = 0x3c,
    OPTIONAL_HEADER = 24, /* from the signature */
    PE32 = 0x10b,
    PE32_PLUS = 0x20b,
    HEADER_BYTES = OPTIONAL_HEADER + 60 /* as far as it is read */
};

static uint64_t number_at(const unsigned char *bytes, unsigned count)
{
    uint64_t value = 0;

    while (count--)
        value = value << 8 | bytes[count];
    return value;
}

static bool read_at(FILE *file, uint64_t offset, unsigned char *bytes, size_t count)
{
    return offset <= INT32_MAX && !fseek(file, (long)offset, SEEK_SET) && fread(bytes, 1, count, file) == count;
}

bool image_read(const char *path, uint64_t *base, uint32_t *bytes)
{
    unsigned char offset[4], header[HEADER_BYTES];
    FILE *file = hmi_trace_file_open(path);
    const unsigned char *optional = header + OPTIONAL_HEADER;
    bool is_image = file && read_at(file, AT_HEADER_OFFSET, offset, sizeof(offset)) &&
                    read_at(file, number_at(offset, sizeof(offset)), header, sizeof(header)) &&
                    !memcmp(header, "PE\0\0", 4) &&
                    (number_at(optional, 2) == PE32 || number_at(optional, 2) == PE32_PLUS);

    if (is_image) {
        *base = number_at(optional, 2) == PE32 ? number_at(optional + 28, 4) : number_at(optional + 24, 8);
        *bytes = (uint32_t)number_at(optional + 56, 4);
    }
    if (file)
        hmi_trace_file_close(file);
    return is_image;
}
