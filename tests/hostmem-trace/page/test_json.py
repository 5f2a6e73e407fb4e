#!/usr/bin/env python3
"""Texts of every kind through report_json_text and back by Python's JSON parser: test_json.py ECHO_JSON"""
import json
import random
import subprocess
import sys


def expected(text):
    """UTF-8, with U+FFFD for each invalid byte."""
    characters, at = [], 0
    while at < len(text):
        for length in range(1, 5):
            try:
                characters.append(text[at:at + length].decode())
                at += length
                break
            except UnicodeDecodeError:
                pass
        else:
            characters.append("\ufffd")
            at += 1
    return "".join(characters)


texts = [bytes([byte]) for byte in range(256)]
texts += [b"", b"</script>", b"<!--", b"]]>", b"&lt;", b"\\\"'`", b"a\0b", "\u2028\u2029\u202e\ufeff".encode(),
          "\u00e9\u4e2d\U0001f600\U0010ffff".encode(), b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x98",
          b"\xe2\x82", b"x" * 60000]
chance = random.Random(1)
pieces = [b"\xf0\x9f\x98\x80", b"\xe2\x82\xac", b"\xc3\xa9", b"\xc0", b"\x80", b"\xff", b"\xe0\x80", b"<", b"\\", b'"',
          b"a", b"\n"]
texts += [b"".join(chance.choices(pieces, k=chance.randrange(12))) for _ in range(5000)]
texts += [chance.randbytes(chance.randrange(20)) for _ in range(5000)]

given = b"".join(b"%d\n%s" % (len(text), text) for text in texts)
written = subprocess.run([sys.argv[1]], input=given, check=True, capture_output=True).stdout
read = json.loads(written.decode("ascii"))
wrong = [(text, got) for text, got in zip(texts, read) if got != expected(text)]
harmful = [byte for byte in b"<>&'`/\n" if byte in written]
print(f"{len(read)} texts came back, {len(wrong)} of them wrong, {len(harmful)} harmful bytes")
for text, got in wrong[:5]:
    print(f"  {text!r}: {got!r} and not {expected(text)!r}")
sys.exit(bool(wrong or harmful or len(read) != len(texts)))
