"""Writes json.reference.json: the forms in which pandas writes a table as JSON, beside the values of the table.

Run with Python 3, numpy and pandas: python3 json.reference.py
"""
import json
from pathlib import Path

import numpy as np
import pandas as pd

rng = np.random.default_rng(5)
frame = pd.DataFrame(
    {
        'event': rng.integers(0, 2**40, 9),
        'pt': rng.normal(size=9) * 50,
        'gap': np.where(np.arange(9) % 3 == 1, np.nan, 0.25),
        'good': np.arange(9) > 4,
        'kind': ['qcd', 'ttbar', 'qcd'] * 3,
    }
)
forms = {name: frame.to_json(orient=name, double_precision=15) for name in ['records', 'columns', 'split', 'table']}
forms['lines'] = frame.to_json(orient='records', lines=True, double_precision=15)
forms['object of columns'] = json.dumps(frame.to_dict(orient='list'))
columns = {name: [None if v != v else v for v in json.loads(frame[name].to_json(orient='values', double_precision=15))] for name in frame}
out = {'pandas': pd.__version__, 'forms': forms, 'columns': columns}
Path(__file__).with_name('json.reference.json').write_text(json.dumps(out, separators=(',', ':')) + '\n')
