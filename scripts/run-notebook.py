"""Executes a notebook against the server that RANKSWEEP_URL names: run-notebook.py IN [OUT]. Fails at the first cell that fails."""
import sys
import tempfile

import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
with tempfile.TemporaryDirectory() as folder:
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
assert all(cell.execution_count for cell in cells)
if len(sys.argv) > 2:
    nbformat.write(notebook, sys.argv[2])
print(f"{len(cells)} cells")
