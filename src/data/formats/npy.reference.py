"""Writes npy.reference.json: NPY and NPZ files made with NumPy, as text, beside the values that NumPy reads back from them.

Run with Python 3 and numpy: python3 npy.reference.py
"""
import base64
import io
import json
from pathlib import Path

import numpy as np

rng = np.random.default_rng(7)


def npy(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **options)
    return base64.b64encode(buffer.getvalue()).decode()


def numbers(array):
    values = [v.decode() if isinstance(v, bytes) else v for v in np.asarray(array).ravel().tolist()]
    return [None if isinstance(v, float) and not np.isfinite(v) else v for v in values]


arrays = {}
for code in ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8']:
    for order in ['<', '>']:
        values = (rng.normal(size=(4, 3)) * 50).astype(code if code[0] == 'f' else 'i8').astype(order + code)
        arrays[order + code] = values
arrays['half extremes'] = np.array([0, -0.0, 1, -2, 65504, 6e-8, 6.1e-5, np.inf, -np.inf, np.nan], dtype='f2')
arrays['bool'] = np.array([True, False, True])
arrays['unicode'] = np.array(['jet', 'électron', '𝜇', ''])
arrays['big unicode'] = np.array(['jet', 'électron', '𝜇', '']).astype('>U8')
arrays['bytes'] = np.array([b'qcd', b'ttbar', b''])
arrays['scalar'] = np.array(2.5)
arrays['empty'] = np.zeros((0, 4))
arrays['fortran 2'] = np.asfortranarray(np.arange(12.0).reshape(4, 3))
arrays['fortran 3'] = np.asfortranarray(np.arange(24, dtype='i4').reshape(4, 2, 3))

files = {name: {'shape': list(a.shape), 'values': numbers(a), 'file': npy(a)} for name, a in arrays.items()}
files['version 2'] = {'shape': [3], 'values': [0, 1, 2], 'file': npy(np.arange(3.0), version=(2, 0))}
files['version 3'] = {'shape': [3], 'values': [0, 1, 2], 'file': npy(np.arange(3.0), version=(3, 0))}

record = np.zeros(5, dtype=[('pt', '<f4'), ('event', '>i8'), ('p4', '<f8', (4,)), ('tag', 'S3'), ('inner', [('a', 'i2'), ('b', '?')])])
record['pt'] = np.arange(5) * 1.5
record['event'] = np.arange(5) + 2**40
record['p4'] = np.arange(20).reshape(5, 4)
record['tag'] = [b'e', b'mu', b'tau', b'j', b'']
record['inner']['a'] = -np.arange(5)
record['inner']['b'] = [1, 0, 1, 0, 1]
aligned = np.zeros(2, dtype=np.dtype([('a', 'i1'), ('b', 'f8')], align=True))
aligned['b'] = [1.5, 2.5]

refused = {
    'object': np.array([{'a': 1}, None], dtype=object),
    'complex': np.array([1j]),
    'time': np.array(['2020-01-01'], dtype='M8[s]'),
}
if np.dtype('longdouble').itemsize == 16:
    refused['quadruple'] = np.array([1], dtype='longdouble')


def npz(save):
    buffer = io.BytesIO()
    save(buffer, x=np.arange(12.0).reshape(4, 3), y=np.arange(4), kind=np.array(['a', 'b', 'a', 'b']))
    return base64.b64encode(buffer.getvalue()).decode()


out = {
    'numpy': np.__version__,
    'arrays': files,
    'record': npy(record),
    'aligned': npy(aligned),
    'refused': {name: npy(a) for name, a in refused.items()},
    'stored': npz(np.savez),
    'deflated': npz(np.savez_compressed),
}
Path(__file__).with_name('npy.reference.json').write_text(json.dumps(out, separators=(',', ':')) + '\n')
