"""The National Grid (OSGB36) to latitude and longitude (WGS84), by the seven-parameter Helmert transformation; no grid file, no network.

About 5 m from the truth (OSTN15) anywhere in Great Britain, which is finer than a postcode's own spread.
Source: Ordnance Survey, A Guide to Coordinate Systems in Great Britain, v3.6, annexes A to C and section 6.6.
"""

from __future__ import annotations

from math import atan2, cos, degrees, hypot, radians, sin, sqrt, tan

# Airy 1830 and WGS84 ellipsoids: semi-axes in metres.
AIRY_A, AIRY_B = 6377563.396, 6356256.909
WGS84_A, WGS84_B = 6378137.000, 6356752.314245
# The National Grid's projection: scale on the central meridian, true origin, false origin in metres.
SCALE = 0.9996012717
ORIGIN_LATITUDE, ORIGIN_LONGITUDE = radians(49), radians(-2)
ORIGIN_EASTING, ORIGIN_NORTHING = 400_000.0, -100_000.0
# OSGB36 to WGS84: metres, parts, and seconds of arc turned to radians.
SHIFT_X, SHIFT_Y, SHIFT_Z = 446.448, -125.157, 542.060
GROWTH = -20.4894e-6
TURN_X, TURN_Y, TURN_Z = (radians(seconds / 3600) for seconds in (0.1502, 0.2470, 0.8421))

AIRY_E2 = 1 - (AIRY_B / AIRY_A) ** 2
WGS84_E2 = 1 - (WGS84_B / WGS84_A) ** 2
_N = (AIRY_A - AIRY_B) / (AIRY_A + AIRY_B)
_ARC = (
    1 + _N + 5 / 4 * _N**2 + 5 / 4 * _N**3,
    3 * _N + 3 * _N**2 + 21 / 8 * _N**3,
    15 / 8 * _N**2 + 15 / 8 * _N**3,
    35 / 24 * _N**3,
)


def wgs84_of(easting: float, northing: float) -> tuple[float, float]:
    """Latitude and longitude in degrees (WGS84) of a point in metres on the National Grid.

    >>> [round(degree, 4) for degree in wgs84_of(651409.903, 313177.270)]
    [52.658, 1.7161]
    """
    latitude, longitude = _airy_of(easting, northing)
    across = AIRY_A / sqrt(1 - AIRY_E2 * sin(latitude) ** 2)
    x, y = across * cos(latitude) * cos(longitude), across * cos(latitude) * sin(longitude)
    z = across * (1 - AIRY_E2) * sin(latitude)
    grown = 1 + GROWTH
    x2 = SHIFT_X + grown * x - TURN_Z * y + TURN_Y * z
    y2 = SHIFT_Y + TURN_Z * x + grown * y - TURN_X * z
    z2 = SHIFT_Z - TURN_Y * x + TURN_X * y + grown * z
    from_axis = hypot(x2, y2)
    latitude = atan2(z2, from_axis * (1 - WGS84_E2))
    # Each turn gains about three decimal places; four reach a micrometre.
    for _ in range(4):
        across = WGS84_A / sqrt(1 - WGS84_E2 * sin(latitude) ** 2)
        latitude = atan2(z2 + WGS84_E2 * across * sin(latitude), from_axis)
    return degrees(latitude), degrees(atan2(y2, x2))


def _arc(latitude: float) -> float:
    """Metres along the central meridian from the true origin."""
    less, more = latitude - ORIGIN_LATITUDE, latitude + ORIGIN_LATITUDE
    sums = (less, sin(less) * cos(more), sin(2 * less) * cos(2 * more), sin(3 * less) * cos(3 * more))
    return AIRY_B * SCALE * (_ARC[0] * sums[0] - _ARC[1] * sums[1] + _ARC[2] * sums[2] - _ARC[3] * sums[3])


def _airy_of(easting: float, northing: float) -> tuple[float, float]:
    """Latitude and longitude in radians on the Airy ellipsoid."""
    latitude = ORIGIN_LATITUDE + (northing - ORIGIN_NORTHING) / (AIRY_A * SCALE)
    for _ in range(10):
        left = northing - ORIGIN_NORTHING - _arc(latitude)
        if abs(left) < 1e-5:
            break
        latitude += left / (AIRY_A * SCALE)
    flat = 1 - AIRY_E2 * sin(latitude) ** 2
    nu = AIRY_A * SCALE / sqrt(flat)
    rho = nu * (1 - AIRY_E2) / flat
    eta2 = nu / rho - 1
    t, sec = tan(latitude), 1 / cos(latitude)
    east = easting - ORIGIN_EASTING
    north_terms = (
        t / (2 * rho * nu),
        t / (24 * rho * nu**3) * (5 + 3 * t**2 + eta2 - 9 * t**2 * eta2),
        t / (720 * rho * nu**5) * (61 + 90 * t**2 + 45 * t**4),
    )
    east_terms = (
        sec / nu,
        sec / (6 * nu**3) * (nu / rho + 2 * t**2),
        sec / (120 * nu**5) * (5 + 28 * t**2 + 24 * t**4),
        sec / (5040 * nu**7) * (61 + 662 * t**2 + 1320 * t**4 + 720 * t**6),
    )
    latitude -= north_terms[0] * east**2 - north_terms[1] * east**4 + north_terms[2] * east**6
    longitude = ORIGIN_LONGITUDE + east_terms[0] * east - east_terms[1] * east**3 + east_terms[2] * east**5 - east_terms[3] * east**7
    return latitude, longitude
