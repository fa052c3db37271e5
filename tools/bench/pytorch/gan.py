"""A GAN on 2-D points, 2-128-128-2 against 2-128-128-1, batch 64, one turn of Adam each, with metrics every 50 steps."""

import math

import torch
from torch import nn
from torch.nn.functional import softplus

from common import median_step, use_one_thread

use_one_thread()
angles = torch.arange(8) * (2 * math.pi / 8)
centers = torch.stack([angles.cos(), angles.sin()], dim=1)
generator = nn.Sequential(nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))
discriminator = nn.Sequential(
    nn.Linear(2, 128), nn.LeakyReLU(), nn.Linear(128, 128), nn.LeakyReLU(), nn.Linear(128, 1)
)
adam_generator = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999))
adam_discriminator = torch.optim.Adam(discriminator.parameters(), lr=1e-3, betas=(0.5, 0.999))
played, metrics = 0, []


def step():
    global played
    played += 1
    points = centers[torch.randint(8, (64,))] + 0.01 * torch.randn(64, 2)
    with torch.no_grad():
        fake = generator(torch.randn(64, 2))
    score_real, score_fake = discriminator(points), discriminator(fake)
    discriminator_loss = softplus(-score_real).mean() + softplus(score_fake).mean()
    adam_discriminator.zero_grad()
    discriminator_loss.backward()
    adam_discriminator.step()

    discriminator.requires_grad_(False)
    generator_loss = softplus(-discriminator(generator(torch.randn(64, 2)))).mean()
    adam_generator.zero_grad()
    generator_loss.backward()
    adam_generator.step()
    discriminator.requires_grad_(True)
    if played % 50 == 0:
        metrics.append((discriminator_loss.item(), generator_loss.item()))


print(f"gan   {median_step(step, 500):10.1f} µs")
