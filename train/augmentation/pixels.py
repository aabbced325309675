"""Changes of the pixels of a (S, S) grey crop: light, blur, noise, compression and cover."""

import cv2
import numpy as np
import numpy.typing as npt

from model.arrays import Image


def light(crop: Image, rng: np.random.Generator) -> Image:
    """Other gamma, contrast and brightness."""
    x = np.arange(256, dtype=np.float32) / 255
    y = x ** np.exp(rng.normal(0, 0.35))
    y = (y - 0.5) * np.exp(rng.normal(0, 0.25)) + 0.5 + rng.normal(0, 0.1)
    result: Image = cv2.LUT(crop, np.clip(y * 255, 0, 255).astype(np.uint8))
    return result


def gradient(crop: Image, rng: np.random.Generator) -> Image:
    """Light from one side."""
    size = crop.shape[0]
    angle, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.8)
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    field_of_light = 1 + strength * (np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None]) / np.sqrt(2)
    result: Image = np.clip(crop * field_of_light, 0, 255).astype(np.uint8)
    return result


def shadow(crop: Image, rng: np.random.Generator) -> Image:
    """The edge of a cast shadow, straight or bent, hard or soft."""
    size = crop.shape[0]
    angle, at, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.25), rng.normal(0, 0.5)
    ramp = np.linspace(-1, 1, size, dtype=np.float32)
    along = np.cos(angle) * ramp[None, :] + np.sin(angle) * ramp[:, None]
    across = np.cos(angle) * ramp[:, None] - np.sin(angle) * ramp[None, :]
    edge = (along - at + bend * across * across) / np.float32(rng.uniform(0.02, 0.25))
    lit = 1 / (1 + np.exp(-np.clip(edge, -20, 20)))
    shade = 1 - (1 - lit) * np.float32(rng.uniform(0.25, 0.75))
    return np.asarray(np.clip(crop * shade, 0, 255), np.uint8)


def sharpen(crop: Image, rng: np.random.Generator) -> Image:
    """As cameras and phones sharpen; the dataset's frames are soft."""
    soft = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.7, 1.8))
    amount = float(rng.uniform(0.4, 2.0))
    return np.asarray(cv2.addWeighted(crop, 1 + amount, soft, -amount, 0), np.uint8)


def blur(crop: Image, rng: np.random.Generator) -> Image:
    """Out of focus, or smeared along a line."""
    if rng.random() < 0.6:
        result: Image = cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.5, 2.2))
        return result
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    result = cv2.filter2D(crop, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    return result


def small(crop: Image, rng: np.random.Generator) -> Image:
    """As if cut from a face of few pixels."""
    size = crop.shape[0]
    few = int(rng.uniform(0.28, 0.8) * size)
    result: Image = cv2.resize(cv2.resize(crop, (few, few), interpolation=cv2.INTER_AREA), (size, size))
    return result


def dark(crop: Image, rng: np.random.Generator) -> Image:
    """Little light, so that the sensor's noise shows."""
    dim = crop * np.float32(np.exp(rng.uniform(np.log(0.08), np.log(0.5))))
    return add_noise(dim, rng.uniform(0.5, 4), rng)


def noise(crop: Image, rng: np.random.Generator) -> Image:
    """Sensor noise."""
    return add_noise(crop.astype(np.float32), rng.uniform(1, 12), rng)


def jpeg(crop: Image, rng: np.random.Generator) -> Image:
    """Blocks of a poor JPEG."""
    done, data = cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 60))])
    coarse = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if done else None
    if coarse is None:
        raise RuntimeError("this OpenCV cannot write and read JPEG; reinstall it: pip install opencv-python")
    return np.asarray(coarse, np.uint8)


def cover(crop: Image, rng: np.random.Generator) -> Image:
    """One to three patches of grey, noise, or the crop's own texture over up to about a third of it."""
    crop = crop.copy()
    size = crop.shape[0]
    for _ in range(int(rng.integers(1, 4))):
        w, h = (int(rng.uniform(0.1, 0.5) * size) for _ in range(2))
        x, y = int(rng.integers(-w // 2, size - w // 2)), int(rng.integers(-h // 2, size - h // 2))
        kind = rng.random()
        if kind < 0.5:
            cv2.rectangle(crop, (x, y), (x + w, y + h), int(rng.integers(0, 256)), -1)
        elif kind < 0.75:
            center = (x + w // 2, y + h // 2)
            cv2.ellipse(crop, center, (w // 2, h // 2), rng.uniform(0, 180), 0, 360, int(rng.integers(0, 256)), -1)
        else:
            x, y = max(x, 0), max(y, 0)
            patch = crop[y : y + h, x : x + w]
            texture = random_texture(size, rng) if rng.random() < 0.5 else np.roll(crop, size // 2, axis=0)
            crop[y : y + h, x : x + w] = texture[: patch.shape[0], : patch.shape[1]]
    return crop


def add_noise(values: npt.NDArray[np.float32], sigma: float, rng: np.random.Generator) -> Image:
    """Grey levels with Gaussian noise of that standard deviation."""
    values = values + rng.standard_normal(values.shape, np.float32) * np.float32(sigma)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def random_texture(size: int, rng: np.random.Generator) -> Image:
    """Smooth or rough random grey."""
    coarse = int(rng.integers(2, 24))
    grid = rng.integers(0, 256, (coarse, coarse), np.uint8)
    result: Image = cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
    return result
