"""Postcodes: what people type, where it is, and what a family's postcode may give away."""

from __future__ import annotations

import csv
import gzip
import itertools
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from geopy.distance import great_circle
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.foundation import national_grid, postcode_table, postcodes
from partners.foundation.errors import InvalidRecord

SHARED_2014 = Path(__file__).resolve().parents[4] / "shared" / "data" / "postcodes" / "gb_postcodes_codepoint_open_2014.csv.gz"


def metres(place: postcodes.Located | None, latitude: float, longitude: float) -> float:
    assert place is not None
    return float(great_circle((place.latitude, place.longitude), (latitude, longitude)).m)


@pytest.fixture
def little_table(tmp_path: Path) -> Path:
    """Two invented sectors of LS98: sector 1 has twelve postcodes, sector 2 has two."""
    rows = [("LS98", f"1A{letter}", 430_000 + 10 * step, 434_000) for step, letter in enumerate("ABDEFGHJLNPQ")]
    rows += [("LS98", "2AA", 431_000, 435_000), ("LS98", "2AB", 431_200, 435_000), ("YO98", "1AA", 460_000, 452_000)]
    path = tmp_path / "little.bin"
    path.write_bytes(postcode_table.pack([(postcode_table.number_of(out, inward), e, n) for out, inward, e, n in rows], "invented"))
    return path


@pytest.mark.parametrize("typed", ["LS9 7AB", "ls97ab", "  Ls9   7aB ", "LS9\u00a07AB", "ＬＳ９ ７ＡＢ", "LS9-7AB", "LS9 7AB.", "\ufeffLS9 7AB", "L S 9 7 A B"])
def test_a_postcode_reads_the_same_however_it_is_typed(typed):
    assert postcodes.normalise(typed) == "LS9 7AB"


@pytest.mark.parametrize("good", ["M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 0AX", "EC1A 1BB", "GIR 0AA", "BT1 5GS", "JE2 3NN"])
def test_every_form_of_postcode_is_read(good):
    assert postcodes.normalise(good.replace(" ", "").lower()) == good


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter a postcode"),
        (" - ", "Enter a postcode"),
        ("LS9", "too short"),
        ("LS9 7ABCD", "too long"),
        ("x" * 50, "too long"),
        ("LS9 7A8", "second half"),
        ("LS9 7CO", "second half"),
        ("9LS 7AB", "first half"),
        ("LS 7AB", "first half"),
        ("QQ9 7AB", "starts with QQ"),
        ("LS9 7Ä!", "only letters and numbers"),
    ],
)
def test_what_is_not_a_postcode_is_refused_with_what_would_be_right(typed, says):
    with pytest.raises(postcodes.PostcodeError, match=says) as refused:
        postcodes.normalise(typed)
    assert "LS9" in str(refused.value)
    assert isinstance(refused.value, InvalidRecord)
    assert refused.value.field == "postcode"


def test_a_refusal_never_repeats_what_was_typed():
    with pytest.raises(postcodes.PostcodeError) as refused:
        postcodes.normalise("YO31 7Z9")
    assert "YO31" not in str(refused.value)
    assert "7Z9" not in str(refused.value)


def test_sector_and_outcode_are_read_from_a_postcode():
    assert (postcodes.sector_of("ec1a1bb"), postcodes.outcode_of("ec1a1bb")) == ("EC1A 1", "EC1A")
    assert (postcodes.sector_of("LS11 5AA"), postcodes.outcode_of("LS1 15AA")) == ("LS11 5", "LS11")


@settings(max_examples=5_000, deadline=None)
@given(st.one_of(st.text(max_size=60), st.from_regex(r"[A-Za-z]{0,3} ?[0-9]{0,3}[A-Za-z]? ?[0-9]?[A-Za-z]{0,3}", fullmatch=True)))
def test_no_text_raises_anything_but_a_postcode_error(text):
    for read in (postcodes.normalise, postcodes.sector_of, postcodes.outcode_of, postcodes.locate, postcodes.blurred, postcodes.centroid_of):
        try:
            answer = read(text)
        except postcodes.PostcodeError:
            continue
        if read is postcodes.normalise:
            assert postcodes.normalise(answer) == answer


# Public buildings (palace, town hall, library, parliaments, college) whose place anybody can check on a map, to about 400 m.
@pytest.mark.parametrize(
    ("postcode", "latitude", "longitude"),
    [
        ("LS14 1BW", 53.8245, -1.4697),
        ("SW1A 1AA", 51.501, -0.142),
        ("LS1 3AD", 53.800, -1.5497),
        ("B1 2ND", 52.4797, -1.9083),
        ("EH99 1SP", 55.952, -3.175),
        ("CF99 1SN", 51.464, -3.162),
        ("CB2 1TN", 52.205, 0.119),
    ],
)
def test_known_buildings_are_where_they_are(postcode, latitude, longitude):
    found = postcodes.locate(postcode)
    assert found is not None
    assert (found.precision, found.postcode) == ("postcode", postcode)
    assert metres(found, latitude, longitude) < 400


def test_an_unknown_postcode_falls_back_to_its_sector_then_its_outcode_and_says_so(little_table):
    exact = postcodes.locate("LS98 2AB", table=little_table)
    sector = postcodes.locate("LS98 2ZZ", table=little_table)
    outcode = postcodes.locate("LS98 9ZZ", table=little_table)
    assert exact
    assert sector
    assert outcode
    assert (exact.precision, exact.postcode) == ("postcode", "LS98 2AB")
    assert (sector.precision, sector.postcode) == ("sector", "LS98 2")
    assert (outcode.precision, outcode.postcode) == ("outcode", "LS98")
    assert (sector.latitude, sector.longitude) == national_grid.wgs84_of(431_100, 435_000)
    mean_easting = (sum(430_000 + 10 * step for step in range(12)) + 431_000 + 431_200) / 14
    assert metres(outcode, *national_grid.wgs84_of(mean_easting, (12 * 434_000 + 2 * 435_000) / 14)) < 0.01
    assert postcodes.locate("LS97 1AA", table=little_table) is None


@pytest.mark.parametrize("postcode", ["BT1 5GS", "BT48 6DQ", "JE2 3NN", "GIR 0AA", "XX1 1AA"])
def test_places_outside_great_britain_are_not_known(postcode):
    assert postcodes.locate(postcode) is None
    assert postcodes.blurred(postcode) is None


def test_blurring_gives_every_postcode_of_a_sector_the_same_point_and_never_names_one(little_table):
    answers = {postcodes.blurred(f"LS98 1A{letter}", table=little_table) for letter in "ABDEFGHJLNPQZ"}
    assert len(answers) == 1
    (answer,) = answers
    assert answer is not None
    assert (answer.precision, answer.postcode) == ("sector", "LS98 1")


def test_a_sector_of_few_postcodes_blurs_to_its_outcode_and_a_small_outcode_to_nothing(little_table):
    answer = postcodes.blurred("LS98 2AA", table=little_table)
    assert answer is not None
    assert (answer.precision, answer.postcode) == ("outcode", "LS98")
    assert postcodes.blurred("YO98 1AA", table=little_table) is None


def test_the_blurred_point_of_a_real_postcode_is_not_its_own_point():
    exact, blurred = postcodes.locate("LS14 1BW"), postcodes.blurred("LS14 1BW")
    assert exact
    assert blurred
    assert 50 < metres(blurred, exact.latitude, exact.longitude) < 3_000


def test_the_middle_of_an_area_can_be_asked_for():
    leeds = postcodes.centroid_of("ls1")
    assert leeds is not None
    assert leeds.precision == "outcode"
    assert metres(leeds, 53.797, -1.549) < 1_000
    sector = postcodes.centroid_of("LS14  1")
    assert sector is not None
    assert (sector.precision, sector.postcode) == ("sector", "LS14 1")
    with pytest.raises(postcodes.PostcodeError, match="part of a postcode"):
        postcodes.centroid_of("Leeds")


def test_the_grid_agrees_with_pyprojs_helmert_within_two_centimetres():
    pyproj = pytest.importorskip("pyproj")
    steps = (
        "+proj=pipeline +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy "
        "+step +proj=push +v_3 +step +proj=cart +ellps=airy "
        "+step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 +convention=position_vector "
        "+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )
    theirs = pyproj.Transformer.from_pipeline(steps)
    table = postcode_table.load()
    for row in range(0, len(table), len(table) // 200):
        easting, northing = int(table.eastings[row]), int(table.northings[row])
        longitude, latitude = theirs.transform(easting, northing)
        assert great_circle(national_grid.wgs84_of(easting, northing), (latitude, longitude)).m < 0.02


@pytest.mark.skipif(not SHARED_2014.exists(), reason="the 2014 postcode file is not beside this checkout")
def test_five_hundred_postcodes_are_where_they_were_in_2014():
    with gzip.open(SHARED_2014, "rt", encoding="utf-8") as lines:
        # Quality 10 is the best of the source; lower ones have often been measured again since.
        sample = [row for row in itertools.islice(csv.DictReader(lines), 0, None, 3_300) if row["positional_quality"] == "10"][:500]
    assert len(sample) >= 490
    found = [(row, postcodes.locate(row["postcode"])) for row in sample]
    exact = [(row, place) for row, place in found if place and place.precision == "postcode"]
    apart = [metres(place, float(row["lat"]), float(row["lon"])) for row, place in exact]
    assert len(exact) > 0.85 * len(sample)
    assert statistics.median(apart) < 6
    assert all(place is not None for _, place in found)


def test_importing_postcodes_brings_neither_numpy_nor_geopy():
    script = "import sys, partners.foundation.postcodes as p; p.normalise('LS9 7AB'); print(sorted({'numpy', 'geopy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"
