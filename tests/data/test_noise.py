import numpy as np
import pytest

from fmnist_lessons.data.noise import fixed_noise, gaussian, salt_and_pepper

GREY = np.full((200, 28, 28), 128, np.uint8)


def rng():
    return np.random.default_rng(0)


def test_gaussian_noise_has_the_spread_that_is_asked_for():
    noisy = gaussian(GREY, rng=rng(), strength=0.1)
    assert noisy.shape == GREY.shape
    assert noisy.dtype == np.uint8
    assert noisy.mean() == pytest.approx(128, abs=0.5)
    assert noisy.std() == pytest.approx(25.5, rel=0.02)


def test_gaussian_noise_is_cut_off_and_never_wraps_round():
    assert gaussian(np.zeros_like(GREY), rng=rng(), strength=0.1).max() < 160
    assert gaussian(np.full_like(GREY, 255), rng=rng(), strength=0.1).min() > 95


def test_salt_and_pepper_replaces_a_share_half_by_half():
    noisy = salt_and_pepper(GREY, rng=rng(), strength=0.3)
    assert (noisy == 0).mean() == pytest.approx(0.15, abs=0.01)
    assert (noisy == 255).mean() == pytest.approx(0.15, abs=0.01)
    assert set(np.unique(noisy)) == {0, 128, 255}
    assert (GREY == 128).all()


@pytest.mark.parametrize("noise", ["gaussian", "salt_and_pepper"])
def test_fixed_noise_is_the_same_each_time_and_for_a_part_of_the_images(noise):
    images = np.resize(GREY, (1300, 28, 28))  # more than share a random stream
    whole = fixed_noise(images, noise=noise, strength=0.2)
    assert (whole == fixed_noise(images, noise=noise, strength=0.2)).all()
    for few in (250, 1010):
        assert (whole[:few] == fixed_noise(images[:few], noise=noise, strength=0.2)).all()
    assert (whole[:300] != whole[1000:]).any()


def test_no_noise_gives_the_images_back():
    assert fixed_noise(GREY, noise="none", strength=0) is GREY


@pytest.mark.parametrize("noisy", [gaussian, salt_and_pepper, fixed_noise])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strength": 20}, "strength: expected a number from 0 to below 1, found 20; divide per cent by 100"),
        ({"strength": -0.1}, "strength: expected a number from 0 to below 1, found -0.1"),
        ({"strength": np.nan}, "strength: expected .*, found nan"),
        ({"strength": True}, "strength: expected .*, found True"),
        ({"strength": "0.1"}, "strength: expected .*, found '0.1'"),
        ({"images": GREY / 255}, "images: expected uint8 .*, found float64; .*without the division by 255"),
        ({"images": GREY.astype(np.float32)}, r'found float32; images.astype\("uint8"\)'),
        ({"images": GREY.reshape(-1, 784)}, r"found \(200, 784\); images.reshape"),
        ({"images": None}, "images: expected shape .* found None"),
    ],
)
def test_what_makes_no_sense_is_refused(noisy, changes, message):
    other = {"noise": "gaussian"} if noisy is fixed_noise else {"rng": rng()}
    given = {"images": GREY, "strength": 0.1, **other, **changes}
    with pytest.raises(ValueError, match=message):
        noisy(given.pop("images"), **given)


def test_the_noise_and_the_generator_are_what_there_is():
    with pytest.raises(ValueError, match=r"noise: expected one of .*salt_and_pepper.*found 'pepper'"):
        fixed_noise(GREY, noise="pepper", strength=0.1)
    with pytest.raises(ValueError, match="rng: expected a NumPy Generator, found 7"):
        gaussian(GREY, rng=7, strength=0.1)
