from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from firmware.api.core import Refused, Role, Secrets, User
from firmware.durable import RealDisk
from firmware.secrets import SecretStore, check_digit, is_code_plausible, make_code

OWNER = User("wang", Role.OWNER, "$argon2id$v=19$secret-hash")


class FullDisk(RealDisk):
    """A disk without room."""

    def create(self, path: Path, data: bytes, mode: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secrets.json"


def test_it_is_what_the_api_asks_for(path: Path) -> None:
    store: Secrets = SecretStore(path)
    assert not store.is_set_up()


def test_the_file_is_for_the_box_alone_even_when_a_copy_was_not(path: Path) -> None:
    SecretStore(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    SecretStore(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_code_and_box_id_are_made_once_and_differ_between_boxes(path: Path, tmp_path: Path) -> None:
    first = SecretStore(path)
    again = SecretStore(path)
    others = {SecretStore(tmp_path / str(n) / "s.json").setup_code for n in range(20)}
    assert (again.setup_code, again.box_id) == (first.setup_code, first.box_id)
    assert len(others) == 20
    assert all(is_code_plausible(code) for code in others)


def test_set_up_takes_the_code_once_with_blanks_and_dashes(path: Path) -> None:
    store = SecretStore(path)
    code = store.setup_code
    with pytest.raises(Refused) as caught:
        store.set_up("00000000" if code != "00000000" else "11111111", OWNER)
    assert caught.value.code == "wrong-code"
    assert not store.is_set_up()
    assert store.is_setup_code(f" {code[:4]}-{code[4:]}")
    store.set_up(f"{code[:4]} {code[4:]}", User("wang", Role.AGENT, "hash"))
    assert store.user("wang") == User("wang", Role.OWNER, "hash")  # the first one owns the box
    assert not store.is_setup_code(code)
    with pytest.raises(Refused) as caught:
        store.set_up(code, User("li", Role.OWNER, "hash"))
    assert caught.value.code == "already-set-up"
    assert [user.name for user in SecretStore(path).users()] == ["wang"]


def test_a_code_with_letters_of_another_script_is_only_wrong(path: Path) -> None:
    store = SecretStore(path)
    assert not store.is_setup_code("１２３４５６７８")
    assert not store.is_setup_code("")


def test_users_are_changed_and_deleted_for_good(path: Path) -> None:
    store = SecretStore(path)
    store.set_user(OWNER)
    store.set_user(User("li", Role.AGENT, "a"))
    store.set_user(User("li", Role.SUPERVISOR, "b"))
    assert SecretStore(path).users() == [User("li", Role.SUPERVISOR, "b"), OWNER]
    store.delete_user("li")
    store.delete_user("nobody")
    assert SecretStore(path).user("li") is None


def test_a_tokens_key_is_told_once_and_kept_nowhere(path: Path) -> None:
    store = SecretStore(path)
    key = store.add_token("crm", Role.SUPERVISOR)
    other = store.add_token("erp", Role.AGENT)
    assert key not in path.read_text()
    again = SecretStore(path)
    found = again.token(key)
    assert found is not None
    assert (found.name, found.role) == ("crm", Role.SUPERVISOR)
    assert again.token(key[:-1] + "x") is None
    again.revoke(found.id)
    assert SecretStore(path).token(key) is None
    assert SecretStore(path).token(other) is not None


def test_no_secret_is_in_what_a_log_would_print(path: Path) -> None:
    store = SecretStore(path)
    store.set_user(OWNER)
    key = store.add_token("crm", Role.AGENT)
    printed = f"{store!r} {store} {vars(store)}"
    for secret in (store.setup_code, OWNER.password_hash, key):
        assert secret not in printed


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"sha256": "0"}', "null", "\x00\x00"])
def test_a_damaged_file_is_kept_and_the_box_asks_to_be_set_up_again(path: Path, damage: str) -> None:
    SecretStore(path).set_user(OWNER)
    path.write_text(damage)
    store = SecretStore(path)
    assert not store.is_set_up()
    assert len(store.repairs) == 1
    assert path.with_name("secrets.json.bad").read_text() == damage
    assert SecretStore(path).repairs == []


def test_a_changed_hash_is_noticed(path: Path) -> None:
    SecretStore(path).set_user(OWNER)
    document = json.loads(path.read_text())
    document["users"][0]["password_hash"] = "$argon2id$another"
    path.write_text(json.dumps(document))
    assert len(SecretStore(path).repairs) == 1


def test_a_full_disk_changes_nothing(path: Path) -> None:
    SecretStore(path).set_user(OWNER)
    store = SecretStore(path, disk=FullDisk())
    with pytest.raises(Refused) as caught:
        store.delete_user("wang")
    assert caught.value.code == "disk"
    assert store.user("wang") == OWNER
    assert SecretStore(path).user("wang") == OWNER


def test_check_digit_of_iso_7064_mod_11_10() -> None:
    assert check_digit("0794") == "5"  # the example of the standard


def test_every_single_wrong_digit_is_found() -> None:
    code = make_code(lambda n: b"\x12\x34\x56\x78\x9a\xbc\xde\xf0"[:n])
    assert is_code_plausible(code)
    for place, right in enumerate(code):
        for wrong in set("0123456789") - {right}:
            assert not is_code_plausible(code[:place] + wrong + code[place + 1 :])
    assert not is_code_plausible(code[:-1])
    assert not is_code_plausible("abcdefgh")
