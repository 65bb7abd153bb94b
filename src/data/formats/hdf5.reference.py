"""Writes hdf5.reference.json: one small HDF5 file with everything that h5wasm cannot write itself (big-endian numbers, booleans,
half precision, compound rows, shuffle and Fletcher32, szip, LZF, lists, an external link, an array without content), the data frames
of pandas and the filters of PyTables, as compressed text.

Run with Python 3, numpy, h5py, pandas and tables: python3 hdf5.reference.py
"""
import base64
import io
import json
import tempfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import tables

buffer = io.BytesIO()
with h5py.File(buffer, 'w') as file:
    file['big/float64'] = np.array([1.5, -2.25, 1e300], dtype='>f8')
    file['big/float32'] = np.array([1.5, -2.25], dtype='>f4')
    file['big/int16'] = np.array([1, -2, 300], dtype='>i2')
    file['bool'] = np.array([True, False, True])
    file['float16'] = np.array([1, 2], dtype='f2')
    rows = np.zeros(6, dtype=[('a', '<i4'), ('b', '>f8'), ('p4', '<f4', (4,)), ('tag', 'S4'), ('half', '<f2')])
    rows['a'], rows['b'], rows['half'] = np.arange(6), np.arange(6) / 8, np.arange(6) / 4
    rows['p4'] = np.arange(24).reshape(6, 4)
    rows['tag'] = [b'e', b'mu', b'tau', b'jet', b'b', b'']
    file.create_dataset('compound', data=rows, chunks=(4,), compression='gzip')
    file['compound big'] = np.array([(1, 2.5), (3, 4.5)], dtype=[('a', '>i4'), ('b', '>f8')])
    lists = file.create_dataset('lists', (3,), dtype=h5py.vlen_dtype('f4'))
    lists[0], lists[1], lists[2] = [1.5, 2.5], [], [3.5]
    kinds = file.create_dataset('kinds', (2,), dtype=np.dtype([('kind', h5py.string_dtype()), ('n', 'i4')]))
    kinds[...] = np.array([('ttbar', 1), ('électron', 2)], dtype=kinds.dtype)
    file['loop/inner/back'] = h5py.SoftLink('/loop')
    virtual = h5py.VirtualLayout(shape=(4,), dtype='f8')
    virtual[:] = h5py.VirtualSource('other.h5', 'x', shape=(4,))
    file.create_virtual_dataset('virtual', virtual)
    file.create_dataset('never written', shape=(10**12,), dtype='f8', chunks=(1024,))
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


everything = buffer.getvalue()


def packed(content):
    return base64.b64encode(zlib.compress(content, 9)).decode()


folder = Path(tempfile.mkdtemp())


def written(write):
    path = folder / 'file.h5'
    path.unlink(missing_ok=True)
    write(path)
    return packed(path.read_bytes())


n = 40
frame = pd.DataFrame({'E_0': np.arange(n, dtype='f4'), 'PX_0': np.arange(n) * 2.5, 'is_signal_new': np.arange(n) % 2, 'good': np.arange(n) > 5})
mixed = frame.assign(tag=np.where(frame.good, 'top', 'qcd'))
numbered = pd.DataFrame(np.arange(n * 7, dtype='f8').reshape(n, 7))
frames = {
    'fixed': written(lambda path: frame.to_hdf(path, 'df', mode='w')),
    'fixed with texts': written(lambda path: mixed.to_hdf(path, 'df', mode='w')),
    'table': written(lambda path: mixed.to_hdf(path, 'table', mode='w', format='table', complib='blosc', complevel=5)),
    'table with data columns': written(lambda path: mixed.to_hdf(path, 'df', mode='w', format='table', data_columns=True)),
    'numbered': written(lambda path: numbered.to_hdf(path, 'df', mode='w', complib='blosc', complevel=5)),
}


def carray(complib, shuffle=True, bitshuffle=False):
    def write(path):
        filters = tables.Filters(complevel=5, complib=complib, shuffle=shuffle and not bitshuffle, bitshuffle=bitshuffle)
        with tables.open_file(str(path), 'w') as file:
            file.create_carray('/', 'x', obj=np.arange(3000, dtype='f4').reshape(500, 6), filters=filters, chunkshape=(100, 6))

    return written(write)


filters = {name: carray(name) for name in ['zlib', 'lzo', 'bzip2', 'blosc', 'blosc:lz4', 'blosc:lz4hc', 'blosc:zlib', 'blosc:zstd']}
filters['blosc bitshuffle'] = carray('blosc:lz4', bitshuffle=True)
buffer = io.BytesIO()
with h5py.File(buffer, 'w') as file:
    file.create_dataset('x', data=np.arange(3000, dtype='f4').reshape(500, 6), chunks=(100, 6), compression='lzf', shuffle=True)
filters['lzf'] = packed(buffer.getvalue())

out = {
    'h5py': h5py.__version__,
    'hdf5': h5py.version.hdf5_version,
    'pandas': pd.__version__,
    'tables': tables.__version__,
    'file': packed(everything),
    'frames': frames,
    'filters': filters,
}
Path(__file__).with_name('hdf5.reference.json').write_text(json.dumps(out, separators=(',', ':')) + '\n')
