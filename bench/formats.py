"""Files for the benchmark of the formats, and how fast Python reads them.

python3 formats.py make FOLDER ROWS   writes one file per case, prints their names and their decoded size
python3 formats.py read CASE FILE     prints megabytes per second, the median of five reads
"""
import json
import statistics
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

width = 57


def make(folder, rows):
    rng = np.random.default_rng(1)
    # particles: positive with a long tail, and a third of them empty
    x = np.round(np.exp(rng.normal(3, 1, (rows, width))), 3).astype('f4')
    x[rng.random(x.shape) < 0.33] = 0
    folder = Path(folder)
    with h5py.File(folder / 'gzip.h5', 'w') as file:
        file.create_dataset('x', data=x, chunks=(5000, width), compression='gzip', compression_opts=4)
    with h5py.File(folder / 'lzf.h5', 'w') as file:
        file.create_dataset('x', data=x, chunks=(5000, width), compression='lzf', shuffle=True)
    with h5py.File(folder / 'plain.h5', 'w') as file:
        file['x'] = x
    np.save(folder / 'x.npy', x)
    np.savez_compressed(folder / 'x.npz', x=x)
    frame = pd.DataFrame(x, columns=[f'x{i}' for i in range(width)])
    frame.to_csv(folder / 'x.csv', index=False)
    frame.to_csv(folder / 'x.csv.gz', index=False)
    frame.head(rows // 4).to_json(folder / 'x.jsonl', orient='records', lines=True)


def hdf5(path):
    with h5py.File(path) as file:
        return file['x'][...]


readers = {
    'HDF5, gzip': hdf5,
    'HDF5, LZF': hdf5,
    'HDF5, uncompressed': hdf5,
    'NPY': np.load,
    'NPZ, deflated': lambda path: np.load(path)['x'],
    'CSV': lambda path: pd.read_csv(path, dtype='f4'),
    'CSV, gzip': lambda path: pd.read_csv(path, dtype='f4'),
    'JSON lines': lambda path: pd.read_json(path, orient='records', lines=True),
}


def read(case, path):
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        readers[case](path)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({'seconds': statistics.median(seconds)}))


if sys.argv[1] == 'make':
    make(sys.argv[2], int(sys.argv[3]))
else:
    read(sys.argv[2], sys.argv[3])
