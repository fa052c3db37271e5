"""A DCGAN on grey images of 32x32, batch 64, a turn each, Adam: with conversion from bytes, and metrics every 50 steps."""

import torch
from torch import nn
from torch.nn import functional

from common import median_step, use_one_thread

use_one_thread()
images = torch.clamp(torch.randint(-4 * 256, 256, (20000, 1, 32, 32)), min=0).to(torch.uint8)
generator = nn.Sequential(
    nn.Linear(100, 4096), nn.Unflatten(1, (256, 4, 4)), nn.BatchNorm2d(256), nn.ReLU(),
    nn.ConvTranspose2d(256, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.ReLU(),
    nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(),
    nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
)
discriminator = nn.Sequential(
    nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2),
    nn.Conv2d(64, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
    nn.Conv2d(128, 256, 4, 2, 1), nn.BatchNorm2d(256), nn.LeakyReLU(0.2),
    nn.Flatten(), nn.Linear(4096, 1),
)
optimizers = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (discriminator, generator)]
order, position, played, metrics = torch.randperm(len(images)), 0, 0, []


def batch():
    global order, position
    if position + 64 > len(images):
        order, position = torch.randperm(len(images)), 0
    position += 64
    return images[order[position - 64 : position]].float() / 255


def update(net, objective):
    optimizer = optimizers[0 if net is discriminator else 1]
    gradients = torch.autograd.grad(objective, list(net.parameters()))
    for parameter, gradient in zip(net.parameters(), gradients):
        parameter.grad = gradient
    optimizer.step()


def step():
    global played
    played += 1
    with torch.no_grad():
        fake = generator(torch.randn(64, 100))
    real_loss = functional.softplus(-discriminator(batch())).mean()
    fake_loss = functional.softplus(discriminator(fake)).mean()
    update(discriminator, real_loss + fake_loss)
    generator_loss = functional.softplus(-discriminator(generator(torch.randn(64, 100)))).mean()
    update(generator, generator_loss)
    if played % 50 == 0:
        metrics.append((real_loss.item(), fake_loss.item(), generator_loss.item()))


print(f"dcgan     {median_step(step, 3, rounds=7):10.1f} µs")
