"""Writes csv.reference.json: text tables as pandas and NumPy write them, beside the numbers that pandas reads back from them.

Run with Python 3, numpy and pandas: python3 csv.reference.py
"""
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(11)
n = 60
frame = pd.DataFrame(
    {
        'run': 315267,
        'event': rng.integers(0, 2**40, n),
        'pt': np.exp(rng.normal(3, 2, n)),
        'eta': rng.normal(size=n).astype('f4'),
        'tiny': rng.normal(size=n) * 10.0 ** rng.integers(-300, 300, n),
        'gap': np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        'label': rng.choice(['qcd', 'ttbar'], n),
    }
)
lists = pd.DataFrame({'lumi': np.arange(5), 'histo': [list(map(int, rng.integers(0, 9, 4))) for _ in range(5)]})
numbers = frame[['pt', 'eta', 'tiny']]


def values(column):
    return [None if isinstance(v, float) and np.isnan(v) else v for v in column.tolist()]


def case(text, **options):
    read = pd.read_csv(io.StringIO(text), float_precision='round_trip', **options)
    return {'text': text, 'columns': {str(name): values(read[name]) for name in read}}


buffer = io.StringIO()
np.savetxt(buffer, numbers.to_numpy(), header='pt eta tiny')
cases = {
    'comma': case(frame.to_csv(index=False)),
    'tab, long numbers': case(frame.to_csv(index=False, sep='\t', float_format='%.25g'), sep='\t'),
    'semicolon, decimal comma': case(frame.drop(columns='event').to_csv(index=False, sep=';', decimal=','), sep=';', decimal=','),
    'quoted texts': case(frame.to_csv(index=False, quoting=2), ),
    'savetxt': case(buffer.getvalue(), sep=' ', comment='#', names=['pt', 'eta', 'tiny']),
}
out = {
    'pandas': pd.__version__,
    'numpy': np.__version__,
    'cases': cases,
    'lists': {'text': lists.to_csv(index=False), 'histo': np.array(lists['histo'].tolist()).ravel().tolist()},
}
Path(__file__).with_name('csv.reference.json').write_text(json.dumps(out, separators=(',', ':')) + '\n')
