"""What the document that this project began with does, step by step, under its names.

`python -m docs.examples.seed_document DATA OUT [EPOCHS]` reads the dataset's folder, draws the document's pictures into
OUT, trains its network and saves it there.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.image as mpimg
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn, optim
from torch.utils.data import DataLoader

from model.networks.baseline_net import BaselineNet
from train.data.dataset import FacialKeypointsDataset, Sample
from train.notebook import net_sample_output, show_keypoints, visualize_output
from train.recipes.baseline_transforms import Compose, Normalize, RandomCrop, Rescale, ToTensor


def main(data: Path, out: Path, n_epochs: int = 1) -> list[str]:
    """Go through the document; gives what was done, a line for each of its steps."""
    out.mkdir(parents=True, exist_ok=True)
    training = data / "training_frames_keypoints.csv", data / "training"
    test = data / "test_frames_keypoints.csv", data / "test"
    done = look_at_the_table(*training, out)
    done += look_at_the_dataset(*training, out)
    done += look_at_the_transforms(*training, out)
    return done + train_and_save(training, test, out, n_epochs)


def look_at_the_table(csv_file: Path, root_dir: Path, out: Path) -> list[str]:
    """Load and visualize data."""
    key_pts_frame = pd.read_csv(csv_file)
    image_name = str(key_pts_frame.iloc[0, 0])
    key_pts = key_pts_frame.iloc[0, 1:].to_numpy().astype("float").reshape(-1, 2)
    plt.figure(figsize=(5, 5))
    show_keypoints(mpimg.imread(root_dir / image_name), key_pts)
    plt.savefig(out / "1_table.png")
    return [
        f"pd.read_csv: {len(key_pts_frame)} rows",
        f"key_pts_frame.iloc[n, 0]: {image_name}",
        f"landmarks shape: {key_pts.shape}, first: {key_pts[:4].tolist()}",
        "show_keypoints(mpimg.imread(...), key_pts)",
    ]


def look_at_the_dataset(csv_file: Path, root_dir: Path, out: Path) -> list[str]:
    """Dataset class: display some images."""
    face_dataset = FacialKeypointsDataset(csv_file=str(csv_file), root_dir=str(root_dir))
    plt.figure(figsize=(10, 5))
    rng = np.random.default_rng(0)
    lines = [
        f"len(dataset): {len(face_dataset)}",
        f"dataset.key_pts_frame.iloc[0, 0]: {face_dataset.key_pts_frame.iloc[0, 0]!s}",
        f"dataset.root_dir: {face_dataset.root_dir.name}, dataset.transform: {face_dataset.transform}",
    ]
    for i in range(3):
        sample = face_dataset[int(rng.integers(0, len(face_dataset)))]
        ax = plt.subplot(1, 3, i + 1)
        ax.set_title(f"Sample #{i}")
        show_keypoints(sample["image"], sample["keypoints"])
        lines.append(f"dataset[i], alpha dropped: {sample['image'].shape} {sample['keypoints'].shape}")
    plt.savefig(out / "2_samples.png")
    return lines


def look_at_the_transforms(csv_file: Path, root_dir: Path, out: Path) -> list[str]:
    """Transform: each alone, and composed."""
    face_dataset = FacialKeypointsDataset(csv_file, root_dir)
    sample = face_dataset[len(face_dataset) // 2]
    rescale, crop, composed = Rescale(100), RandomCrop(50), Compose([Rescale(250), RandomCrop(224)])
    plt.figure()
    lines = []
    transforms: list[Callable[[Sample], Sample]] = [rescale, crop, composed]
    for i, tx in enumerate(transforms):
        transformed_sample = tx(sample)
        ax = plt.subplot(1, 3, i + 1)
        plt.tight_layout()
        ax.set_title(type(tx).__name__)
        show_keypoints(transformed_sample["image"], transformed_sample["keypoints"])
        lines.append(f"{type(tx).__name__}: {transformed_sample['image'].shape}")
    plt.savefig(out / "3_transforms.png")
    both = Rescale((100, 120))(sample)["image"].shape[:2], RandomCrop((40, 60))(sample)["image"].shape[:2]
    gray = Normalize()(sample)
    tensors = ToTensor()(gray)
    lines.append(f"Rescale((100, 120)), RandomCrop((40, 60)): {both}")
    lines.append(f"Normalize: image {gray['image'].min():.2f} to {gray['image'].max():.2f}, points about 0")
    lines.append(f"ToTensor: {tuple(tensors['image'].shape)} {tuple(tensors['keypoints'].shape)}")
    return lines


def train_and_save(training: tuple[Path, Path], test: tuple[Path, Path], out: Path, n_epochs: int) -> list[str]:
    """Batches, the network before and after training, and the saved file."""
    data_transform = Compose([Rescale(250), RandomCrop(224), Normalize(), ToTensor()])
    transformed_dataset = FacialKeypointsDataset(*training, transform=data_transform)
    test_dataset = FacialKeypointsDataset(*test, transform=data_transform)
    train_loader = DataLoader(transformed_dataset, batch_size=24, shuffle=True, num_workers=2)
    test_loader = DataLoader(test_dataset, batch_size=24, shuffle=True, num_workers=2)
    torch.manual_seed(0)
    net = BaselineNet()
    before = net_sample_output(net, test_loader)
    visualize_output(*before, batch_size=6)
    plt.savefig(out / "4_before.png")
    lines = [f"net_sample_output(): {', '.join(str(tuple(tensor.shape)) for tensor in before)}"]
    lines += ["visualize_output(test_images, test_outputs, gt_pts)", "nn.SmoothL1Loss()", "optim.Adam(lr=0.001)"]
    lines += train_net(net, train_loader, n_epochs)
    visualize_output(*net_sample_output(net, test_loader), batch_size=6)
    plt.savefig(out / "5_after.png")
    model_dir = out / "saved_models"
    model_dir.mkdir(exist_ok=True)
    torch.save(net.state_dict(), model_dir / "keypoints_model_1.pt")
    return [*lines, "torch.save(net.state_dict(), saved_models/keypoints_model_1.pt)"]


def train_net(net: nn.Module, train_loader: "DataLoader[dict[str, torch.Tensor]]", n_epochs: int) -> list[str]:
    """The document's loop, with its running loss every 24 batches."""
    criterion = nn.SmoothL1Loss()
    optimizer = optim.Adam(net.parameters(), lr=0.001)
    net.train()
    for epoch in range(n_epochs):
        running_loss = 0.0
        for batch_i, data in enumerate(train_loader):
            key_pts = data["keypoints"].view(data["keypoints"].size(0), -1).type(torch.FloatTensor)
            output_pts = net(data["image"].type(torch.FloatTensor))
            loss = criterion(output_pts, key_pts)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            if batch_i % 24 == 23:
                print(f"Epoch: {epoch + 1}, Batch:{batch_i + 1}, Avg. Loss:{running_loss / 24}")
                running_loss = 0.0
    return [f"train_net({n_epochs}): {len(train_loader)} batches an epoch", "Finished Training!"]


if __name__ == "__main__":
    plt.switch_backend("agg")
    for line in main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:4])):
        print(line)
