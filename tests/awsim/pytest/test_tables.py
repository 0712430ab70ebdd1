"""The committed wire tables are what the generator makes of the pinned botocore."""

import pathlib
import subprocess
import sys

import botocore

GENERATOR = pathlib.Path(__file__).parent.parent / "generator" / "generate.py"


def generate(*arguments):
    command = [sys.executable, GENERATOR, "--botocore", pathlib.Path(botocore.__file__).parent, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_tables_are_up_to_date():
    assert botocore.__version__ == "1.44.5"
    result = generate("--check")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_table_that_is_not_up_to_date_is_named(tmp_path):
    assert generate("--out", tmp_path).returncode == 0
    (tmp_path / "sts.json").write_text("{}")
    result = generate("--out", tmp_path, "--check")
    assert result.returncode == 1
    assert str(tmp_path / "sts.json") in result.stderr
