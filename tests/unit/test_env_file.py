"""A `.env` file that would say less than its writer believes stops the start, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from payment_app.settings import UnsafeSettings, load_settings, read_settings
from payment_app.settings.env_file import file_problems


def written(folder: Path, content: bytes) -> str:
    file = folder / ".env"
    file.write_bytes(content)
    return str(file)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MERCHANT_NAME=Caf\xe9\n", "is not UTF-8 text"),
        ("PORT=3001\n".encode("utf-16"), "is not UTF-8 text"),
        # Lost without a word: the list of networks that may send callbacks was empty.
        (b'PORT=3001\nMPESA_CALLBACK_IPS="196.201.214.0/24\n', "Line 2 of "),
        (b"PORT=3001\n'=x\n", "Line 2 of "),
        ("\u200bMPESA_ENVIRONMENT=production\n".encode(), "Line 1 of "),
        ("MPESA_\u00adENVIRONMENT=production\n".encode(), "Line 1 of "),
    ],
)
def test_what_would_be_lost_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    file = written(tmp_path, content)
    with pytest.raises(UnsafeSettings) as refused:
        load_settings(env_file=file)
    assert any(said in problem for problem in refused.value.problems)
    assert read_settings(file)[1] == refused.value.problems


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbfPORT=3001\n",
        b"# a remark\n\nexport PORT=3001\r\nMERCHANT_NAME='Duka la \xc3\x89lise'\n",
        b'MERCHANT_NAME="two\nlines"\n',
        b"PORT\n",
    ],
)
def test_an_ordinary_file_is_well(tmp_path: Path, content: bytes) -> None:
    assert file_problems(written(tmp_path, content)) == []


def test_without_a_file_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert file_problems(None) == []
    assert file_problems(str(tmp_path / ".env")) == []
    assert file_problems(str(tmp_path)) == []
