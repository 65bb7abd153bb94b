"""Writes images.reference.json: PNG files of every kind, composed by hand from the PNG specification with zlib, beside their pixels.

Run with Python 3: python3 images.reference.py
"""
import base64
import json
import struct
import zlib
from pathlib import Path


def chunk(name, data):
    return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))


def png(width, height, depth, colour, rows, *extra):
    raw = b''.join(b'\0' + row for row in rows)
    header = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, 0)
    parts = [chunk(b'IHDR', header), *extra, chunk(b'IDAT', zlib.compress(raw)), chunk(b'IEND', b'')]
    return base64.b64encode(b'\x89PNG\r\n\x1a\n' + b''.join(parts)).decode()


def packed(values, bits):
    total = ''.join(format(v, f'0{bits}b') for v in values)
    total += '0' * (-len(total) % 8)
    return bytes(int(total[i : i + 8], 2) for i in range(0, len(total), 8))


width, height = 5, 3
out = {}
for name, colour, channels in [('grey', 0, 1), ('colours', 2, 3), ('grey and opacity', 4, 2), ('colours and opacity', 6, 4)]:
    for depth in [8, 16]:
        n = width * height * channels
        values = [(i * 37 + 11) % 256 if depth == 8 else (i * 4099 + 77) % 65536 for i in range(n)]
        step = width * channels
        pack = (lambda v: bytes(v)) if depth == 8 else (lambda v: struct.pack(f'>{len(v)}H', *v))
        rows = [pack(values[r * step : (r + 1) * step]) for r in range(height)]
        out[f'{name}, {depth} bits'] = {'channels': channels, 'values': values, 'file': png(width, height, depth, colour, rows)}
for depth in [1, 2, 4]:
    most = 2**depth - 1
    values = [(i * 7) % (most + 1) for i in range(width * height)]
    rows = [packed(values[r * width : (r + 1) * width], depth) for r in range(height)]
    file = png(width, height, depth, 0, rows)
    out[f'grey, {depth} bits'] = {'channels': 1, 'values': [v * 255 // most for v in values], 'file': file}
colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 8, 7)]
values = [(i * 3) % 4 for i in range(width * height)]
rows = [bytes(values[r * width : (r + 1) * width]) for r in range(height)]
palette = chunk(b'PLTE', b''.join(bytes(c) for c in colours))
out['palette'] = {'channels': 3, 'values': [c for v in values for c in colours[v]], 'file': png(width, height, 8, 3, rows, palette)}
Path(__file__).with_name('images.reference.json').write_text(json.dumps(out, separators=(',', ':')) + '\n')
