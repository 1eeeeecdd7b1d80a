#!/usr/bin/python3
"""Writes tests/data/optim/steps.txt and schedulers.txt: what PyTorch's optimizers and schedulers do, in float64."""
import os
import torch

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "data", "optim")


def text(values):
    return " ".join(repr(float(v)) for v in values)


def steps():
    """<name>: then one line of parameters for each of the listed steps. Loss: sum((A p - b)^4) with fixed A and b."""
    cases = {
        "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.3),
        "adagrad_decay": lambda p: torch.optim.Adagrad(p, lr=0.3, lr_decay=0.1, weight_decay=0.05, initial_accumulator_value=0.2),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
        "rmsprop_centered": lambda p: torch.optim.RMSprop(p, lr=0.05, alpha=0.9, centered=True, weight_decay=0.1),
        "rmsprop_momentum": lambda p: torch.optim.RMSprop(p, lr=0.02, momentum=0.7, eps=1e-6),
        "rmsprop_all": lambda p: torch.optim.RMSprop(p, lr=0.02, momentum=0.7, centered=True),
        "lbfgs": lambda p: torch.optim.LBFGS(p, lr=0.5, max_iter=4, history_size=3),
        "lbfgs_wolfe": lambda p: torch.optim.LBFGS(p, lr=1, max_iter=5, line_search_fn="strong_wolfe"),
        "lbfgs_eval": lambda p: torch.optim.LBFGS(p, lr=0.2, max_iter=10, max_eval=3),
    }
    lines = []
    for name, make in cases.items():
        p = torch.tensor([1.5, -2.0, 0.5, 3.0], dtype=torch.float64, requires_grad=True)
        a = torch.arange(12, dtype=torch.float64).reshape(3, 4).sin()
        b = torch.tensor([0.1, -0.2, 0.3], dtype=torch.float64)
        opt = make([p])

        def closure():
            opt.zero_grad()
            loss = ((a @ p - b) ** 4).sum() + 0.01 * (p * p).sum()
            loss.backward()
            return loss

        lines.append(name)
        for k in range(6):
            opt.step(closure)
            lines.append(text(p.detach()))
    open(os.path.join(OUT, "steps.txt"), "w").write("\n".join(lines) + "\n")


def schedulers():
    """<name>, then the learning rates of 24 epochs, then the momenta."""
    s = torch.optim.lr_scheduler
    cases = {
        "lambda": lambda o: s.LambdaLR(o, lambda e: 0.9 ** e),
        "multiplicative": lambda o: s.MultiplicativeLR(o, lambda e: 0.95 if e % 2 else 0.9),
        "step": lambda o: s.StepLR(o, 5, 0.3),
        "multistep": lambda o: s.MultiStepLR(o, [3, 7, 7, 12], 0.5),
        "constant": lambda o: s.ConstantLR(o, 0.25, 6),
        "linear": lambda o: s.LinearLR(o, 0.2, 0.9, 8),
        "exponential": lambda o: s.ExponentialLR(o, 0.8),
        "cosine": lambda o: s.CosineAnnealingLR(o, 7, 0.01),
        "warm_restarts": lambda o: s.CosineAnnealingWarmRestarts(o, 4, 2, 0.02),
        "cyclic": lambda o: s.CyclicLR(o, 0.01, 0.2, 4, 6),
        "cyclic2": lambda o: s.CyclicLR(o, 0.01, 0.2, 3, mode="triangular2", base_momentum=0.7, max_momentum=0.95),
        "cyclic_exp": lambda o: s.CyclicLR(o, 0.01, 0.2, 3, mode="exp_range", gamma=0.97, cycle_momentum=False),
        "one_cycle": lambda o: s.OneCycleLR(o, 0.3, total_steps=25),
        "one_cycle_linear": lambda o: s.OneCycleLR(o, 0.3, epochs=5, steps_per_epoch=5, anneal_strategy="linear", three_phase=True,
                                                   div_factor=10, final_div_factor=50),
        "sequential": lambda o: s.SequentialLR(o, [s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9), s.StepLR(o, 2, 0.5)], [4, 9]),
        "chained": lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9)]),
    }
    if hasattr(s, "PolynomialLR"):
        cases["polynomial"] = lambda o: s.PolynomialLR(o, 8, 1.5)
    lines = []
    for name, make in cases.items():
        o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5, momentum=0.9)
        sched = make(o)
        lr, momentum = [], []
        for k in range(25):
            lr.append(o.param_groups[0]["lr"])
            momentum.append(o.param_groups[0]["momentum"])
            o.step()
            if k < 24:
                sched.step()
        lines += [name, text(lr), text(momentum)]
    o = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    sched = s.ReduceLROnPlateau(o, factor=0.4, patience=2, threshold=0.05, cooldown=2, min_lr=0.01)
    metric = [5, 4, 4.1, 3.9, 3.95, 3.99, 3.9, 2, 2.01, 2.02, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]
    lr = [0.5]
    for m in metric:
        o.step()
        sched.step(m)
        lr.append(o.param_groups[0]["lr"])
    lines += ["plateau", text(lr), text([0.0] + metric)]
    open(os.path.join(OUT, "schedulers.txt"), "w").write("\n".join(lines) + "\n")


def sparse_adam():
    """<name>: then the 4 x 2 weight after each of five steps; step k looks up the rows 3k, k and 3 (mod 4, some twice) of an embedding
    whose loss is sum(cos(0..) * rows^2). The third step of "rows" looks up none."""
    lines = []
    for name, options in {"plain": {"lr": 0.1}, "rows": {"lr": 0.2, "betas": (0.8, 0.95), "eps": 1e-4}, "maximize": {"lr": 0.05, "maximize": True}}.items():
        weight = torch.nn.Parameter(torch.sin(torch.arange(8, dtype=torch.float64)).reshape(4, 2))
        opt = torch.optim.SparseAdam([weight], **options)
        lines.append(name)
        for k in range(5):
            rows = torch.tensor([] if name == "rows" and k == 2 else [3 * k % 4, k % 4, 3], dtype=torch.long)
            opt.zero_grad()
            y = torch.nn.functional.embedding(rows, weight, sparse=True)
            (torch.cos(torch.arange(y.numel(), dtype=torch.float64)).reshape(y.shape) * y * y).sum().backward()
            opt.step()
            lines.append(text(weight.detach().reshape(-1)))
    open(os.path.join(OUT, "sparse_adam.txt"), "w").write("\n".join(lines) + "\n")


os.makedirs(OUT, exist_ok=True)
steps()
schedulers()
sparse_adam()
