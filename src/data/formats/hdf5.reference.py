"""Writes hdf5.reference.json: one small HDF5 file with everything that h5wasm cannot write itself (big-endian numbers, booleans,
half precision, compound rows, shuffle and Fletcher32, szip, LZF, an external link, an array without content), as compressed text.

Run with Python 3, numpy and h5py: python3 hdf5.reference.py
"""
import base64
import io
import json
import zlib
from pathlib import Path

import h5py
import numpy as np

buffer = io.BytesIO()
with h5py.File(buffer, 'w') as file:
    file['big/float64'] = np.array([1.5, -2.25, 1e300], dtype='>f8')
    file['big/float32'] = np.array([1.5, -2.25], dtype='>f4')
    file['big/int16'] = np.array([1, -2, 300], dtype='>i2')
    file['bool'] = np.array([True, False, True])
    file['float16'] = np.array([1, 2], dtype='f2')
    file['compound'] = np.array([(1, 2.0)], dtype=[('a', 'i4'), ('b', 'f8')])
    file.create_dataset('checked', data=np.arange(40, dtype='i4'), chunks=(7,), compression='gzip', shuffle=True, fletcher32=True)
    file.create_dataset('szip', data=np.arange(64.0), chunks=(64,), compression='szip')
    file.create_dataset('lzf', data=np.zeros(40), chunks=(40,), compression='lzf')
    file['text'] = ['jet', 'électron']
    file['fixed'] = np.array([b'ab', b'c'])
    file['scalar'] = 42.5
    file['nothing'] = h5py.Empty('f8')
    file['elsewhere'] = h5py.ExternalLink('other.h5', '/x')
    file['checked'].attrs['unit'] = 'GeV'
    file['checked'].attrs['version'] = 3
    file['checked'].attrs['long'] = np.arange(5)

out = {
    'h5py': h5py.__version__,
    'hdf5': h5py.version.hdf5_version,
    'file': base64.b64encode(zlib.compress(buffer.getvalue(), 9)).decode(),
}
Path(__file__).with_name('hdf5.reference.json').write_text(json.dumps(out, indent=1) + '\n')
