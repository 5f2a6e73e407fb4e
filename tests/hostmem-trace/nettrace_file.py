"""Writes .nettrace files, in which a .NET runtime names its methods."""
import struct


def write_nettrace(path, method):
    """A runtime's events: Program.Main has the 256 bytes of code at method."""
    def wide(text):
        return text.encode("utf-16-le") + b"\0\0"

    def block(file, kind, content):
        file += b"\5\5\1" + struct.pack("<III", 2, 2, len(kind)) + kind + b"\6" + struct.pack("<I", len(content))
        return file + b"\0" * (-len(file) % 4) + content + b"\6"

    def events(payload, metadata):
        assert len(payload) < 0x4000
        return (struct.pack("<HHQQ", 20, 1, 0, 0) + bytes([0x81, metadata, 0, len(payload) & 0x7f | 0x80,
                                                           len(payload) >> 7]) + payload)

    file = b"Nettrace\x14\0\0\0!FastSerialization.1" + b"\5\5\1" + struct.pack("<III", 4, 4, 5) + b"Trace\6" + bytes(48) + b"\6"
    description = struct.pack("<I", 1) + wide("Microsoft-Windows-DotNETRuntime") + struct.pack("<I", 143) + wide("")
    file = block(file, b"MetadataBlock", events(description, 0))
    method = struct.pack("<QQQIII", 1, 2, method, 256, 3, 4) + wide("Program") + wide("Main") + wide("void ()")
    file = block(file, b"EventBlock", events(method, 1)) + b"\1"
    with open(path, "wb") as output:
        output.write(file)
