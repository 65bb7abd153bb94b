"""Sums over the public test files, read with h5py, NumPy, pandas, PyTables and the standard library: golden.reference.json.

Run from the repository root with the test files in ../shared/data: python3 src/data/layouts/golden.reference.py
For each file: rows, and the sum and the sum of squares of every number that a layout keeps, as float32.
"""

import glob
import json
import os

import h5py
import numpy as np
import pandas as pd

ROOT = "../shared/data"
out = {}


def put(path, rows, values):
    kept = np.asarray(values, dtype=np.float32).astype(np.float64)
    out[path] = {"rows": int(rows), "sum": float(kept.sum()), "squares": float((kept**2).sum())}


def each(pattern):
    for path in sorted(glob.glob(os.path.join(ROOT, pattern))):
        yield path, os.path.relpath(path, ROOT)


for path, name in each("adc-like-derived/*.h5"):
    with h5py.File(path) as file:
        particles = file["Particles"][:]
    put(name, len(particles), particles[..., :3][particles[..., 0] > 0])

for path, name in each("lhco-rd-tiny/*.h5"):
    frame = pd.read_hdf(path).to_numpy()
    put(name, len(frame), frame[:, :2100])

for path, name in each("lhco-cathode-features/*.npy"):
    array = np.load(path)
    put(name, len(array), array[:, 1:5])

for path, name in each("codae/n_tracks/*/*.npz"):
    images = np.load(path)["images"]
    put(name, len(images), images)

for path, name in each("ml4sci-electron-photon/*.npz"):
    file = np.load(path)
    images = np.concatenate([file["x_train"], file["x_test"]])
    put(name, len(images), images)

for path, name in each("cms-dqm-charge-inner-2017b/charge*.csv"):
    frame = pd.read_csv(path)
    put(name, len(frame), frame[[f"bin_{i}" for i in range(102)]])

for path, name in each("cms-dqmio-2023c-examples/*.csv"):
    frame = pd.read_csv(path)
    put(name, 1, json.loads(frame["histo"][0]))

for path, name in each("cms-dqm-charge-inner-2017b/oms*.csv"):
    frame = pd.read_csv(path)
    numbers = frame.select_dtypes("number").drop(columns="run_number")
    put(name, len(frame), np.nan_to_num(numbers.to_numpy()))

for path, name in each("cms-opendata-csv/*.csv"):
    frame = pd.read_csv(path)
    numbers = frame.select_dtypes("number").drop(columns=["Run", "Event", "M"], errors="ignore")
    put(name, len(frame), numbers)

for path, name in each("darkmachines-chan1/*.csv"):
    values, rows = [], 0
    with open(path) as file:
        for line in file:
            _, _, _, met, phi, *objects = line.rstrip("\n").rstrip(";").split(";")
            rows += 1
            values += [float(met) / 1000, float(phi)]
            for entry in objects:
                _, _, pt, eta, angle = entry.split(",")
                values += [float(pt) / 1000, float(eta), float(angle)]
    put(name, rows, values)

with open("src/data/layouts/golden.reference.json", "w") as file:
    json.dump(out, file, indent=1)
    file.write("\n")
