"""Colours that everybody can tell apart and read, and one frame for every figure."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from artifacts.figures import style
from artifacts.figures.scores import confusion_figure, error_grid_figure
from artifacts.figures.style import candidate_colour, contrast, new_figure, style_axes

# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
CANDIDATES = ("sgd", "random_forest", "hog_sgd", "one of your own")
SEEN_TOGETHER = {
    "candidates": [candidate_colour(name) for name in CANDIDATES],
    "two series": [style.SLATE, style.STONE],
    "true and predicted neighbours": [style.BLUE, style.RUST, style.GREY],
}
CLEARLY_DIFFERENT = 10  # in CIEDE2000, where 1 can just be seen
NOISE = np.random.default_rng(0).integers(0, 900, (10, 10))
MATRICES = (NOISE, np.eye(10, dtype=int) * 900 + NOISE // 100, np.zeros((10, 10), int))


def seen(colour, blindness):
    """Return a colour in CIELAB as a person with this kind of sight has it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    simulated = np.clip(BLINDNESS[blindness] @ linear, 0, 1)
    back = np.where(
        simulated <= 0.0031308, 12.92 * simulated, 1.055 * simulated ** (1 / 2.4) - 0.055
    )
    return rgb2lab(back)


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("group", SEEN_TOGETHER)
def test_colours_that_stand_side_by_side_are_told_apart_by_every_sight(group, blindness):
    for one, other in combinations(SEEN_TOGETHER[group], 2):
        distance = float(deltaE_ciede2000(seen(one, blindness), seen(other, blindness)))
        assert distance > CLEARLY_DIFFERENT, (one, other)


def test_the_simulation_shows_what_red_and_green_are_to_the_colour_blind():
    """Else the test above could not fail: these two are known to be mistaken."""
    apart = deltaE_ciede2000(seen("#a05000", "none"), seen("#6b6b00", "none"))
    mistaken = deltaE_ciede2000(seen("#a05000", "deuteranopia"), seen("#6b6b00", "deuteranopia"))
    assert apart > 2 * CLEARLY_DIFFERENT
    assert mistaken < CLEARLY_DIFFERENT


def test_lines_and_letters_stand_out_from_the_paper_as_wcag_asks():
    for name in CANDIDATES:
        assert contrast(candidate_colour(name), "#ffffff") >= 3
    for colour in (style.SLATE, style.STONE):
        assert contrast(colour, "#ffffff") >= 3
    for letters in (style.INK, style.GREY, style.RUST, style.BLUE):
        assert contrast(letters, "#ffffff") >= 4.5


def test_contrast_is_that_of_published_pairs():
    """The two greys that WCAG's own texts name as just failing and just passing."""
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("place", range(len(MATRICES)))
@pytest.mark.parametrize("draw", [confusion_figure, error_grid_figure])
def test_every_number_in_a_heat_map_can_be_read(draw, place):
    figure = draw(MATRICES[place], tuple("0123456789"))
    (axes, *_) = figure.axes
    for mesh in axes.collections:
        values = np.ma.asarray(mesh.get_array())
        for text in axes.texts:
            column, row = map(int, text.get_position())
            if not np.ma.getmaskarray(values)[row, column] and text.get_text():
                cell = to_hex(mesh.cmap(mesh.norm(values[row, column])))
                assert contrast(to_hex(text.get_color()), cell) >= 4.5


def test_a_plain_figure_has_two_quiet_lines_as_its_frame():
    figure = new_figure()
    figure.subplots().plot([0, 1])
    style_axes(figure)
    visible = {side for side, spine in figure.axes[0].spines.items() if spine.get_visible()}
    assert visible == {"left", "bottom"}


def test_no_figure_touches_the_shared_state_of_pyplot():
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    error_grid_figure(NOISE, tuple("0123456789"))
    confusion_figure(NOISE, tuple("0123456789"))
    assert plt.get_fignums() == before
