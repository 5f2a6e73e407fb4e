/* The encoding of Protocol Buffers. See proto.h. */
#include "proto.h"

#include <string.h>

enum { VARINT = 0, WITH_LENGTH = 2 /* wire types */, VARINT_MOST = 10 /* bytes */ };

static size_t varint(unsigned char *bytes, uint64_t value)
{
    size_t length = 0;

    for (; value >= 0x80; value >>= 7)
        bytes[length++] = (unsigned char)(value | 0x80);
    bytes[length++] = (unsigned char)value;
    return length;
}

static void add(proto *message, const void *bytes, size_t size)
{
    memcpy(message->bytes + message->length, bytes, size);
    message->length += size;
}

void proto_number(proto *message, unsigned field, uint64_t value)
{
    unsigned char bytes[2 * VARINT_MOST];
    size_t length = varint(bytes, (uint64_t)field << 3 | VARINT);

    length += varint(bytes + length, value);
    if (length <= PROTO_MOST - message->length)
        add(message, bytes, length);
}

static void add_with_length(proto *message, unsigned field, const void *bytes, size_t size)
{
    unsigned char head[2 * VARINT_MOST];
    size_t length = varint(head, (uint64_t)field << 3 | WITH_LENGTH);

    length += varint(head + length, size);
    if (size > PROTO_MOST || length + size > PROTO_MOST - message->length)
        return;
    add(message, head, length);
    add(message, bytes, size);
}

void proto_text(proto *message, unsigned field, const char *text)
{
    add_with_length(message, field, text, strlen(text));
}

void proto_message(proto *message, unsigned field, const proto *part)
{
    add_with_length(message, field, part->bytes, part->length);
}

void proto_packed(proto *message, unsigned field, const uint64_t *values, uint32_t count)
{
    proto packed;

    packed.length = 0;
    for (uint32_t i = 0; i < count && packed.length <= PROTO_MOST - VARINT_MOST; i++)
        packed.length += varint(packed.bytes + packed.length, values[i]);
    proto_message(message, field, &packed);
}
