"""What is read from the built front end at start."""

from __future__ import annotations

from pathlib import Path

from payment_app.api.middleware import page_policy
from payment_app.web.built import inline_script_hashes, preload_links


def built(folder: Path) -> Path:
    """A build with one pay chunk that imports a shared file and one that is gone."""
    assets = folder / "assets"
    assets.mkdir()
    (assets / "_pay_.__token_._index-AAAA.js").write_text(
        'import{a}from"./shared-BBBB.js";import"./gone-CCCC.js";'
    )
    (assets / "shared-BBBB.js").write_text("export const a = 1")
    (assets / "_receipt_.__token_._index-DDDD.js").write_text("")
    return folder


def test_a_route_names_its_own_scripts_and_what_they_import(tmp_path: Path) -> None:
    assert preload_links(built(tmp_path), "pay") == (
        "</assets/_pay_.__token_._index-AAAA.js>; rel=modulepreload, "
        "</assets/shared-BBBB.js>; rel=modulepreload"
    )


def test_a_folder_without_a_build_names_nothing(tmp_path: Path) -> None:
    assert preload_links(tmp_path, "pay") == ""
    assert inline_script_hashes(tmp_path) == []


def test_inline_scripts_are_allowed_by_hash_and_nothing_else(tmp_path: Path) -> None:
    page = '<script src="/a.js"></script><script>alert(1)</script><script type="module">x</script>'
    (tmp_path / "index.html").write_text(page)
    hashes = inline_script_hashes(tmp_path)
    # printf 'alert(1)' | openssl dgst -sha256 -binary | base64
    assert "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=" in hashes
    assert len(hashes) == 2
    policy = page_policy(hashes, ("https://pay.example.co.ke",))
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "wss://pay.example.co.ke" in policy
