"""The block "other": instances that nothing is tuned on, of the families of problems.py (another salt, seeds 100-119), and closed forms
that the dev block does not have. For judging; problems.py imports it."""
import math

SALT = "other"

H3A = ((3, 10, 30), (.1, 10, 35), (3, 10, 30), (.1, 10, 35))
H3P = ((3689, 1170, 2673), (4699, 4387, 7470), (1091, 8732, 5547), (381, 5743, 8828))


def hartmann3(u):           # [0,1]^3, minimum -3.86278
    return -sum(al * math.exp(-sum(a * (x - p / 1e4) ** 2 for a, p, x in zip(A, P, u)))
                for al, A, P in zip((1, 1.2, 3, 3.2), H3A, H3P))


def styblinski(z):          # [-5,5]^d, minimum -39.16617 d
    return .5 * sum(x ** 4 - 16 * x * x + 5 * x for x in z)


def rosenbrock(z):          # minimum 0 at 1
    return sum(100 * (b - a * a) ** 2 + (a - 1) ** 2 for a, b in zip(z, z[1:]))


def camel6(x, y):           # [-2,2]x[-1,1], minimum -1.0316
    return (4 - 2.1 * x * x + x ** 4 / 3) * x * x + x * y + (4 * y * y - 4) * y * y


def _plateau(u):            # a learning-rate U with a plateau at the low end, rank with diminishing returns, interactions
    a, b, c = u[0], u[1], u[2]
    under = 1 / (1 + math.exp(14 * (a - .35 + .1 * b)))
    return under + 1.5 * max(0.0, a - .55 + .15 * b) ** 1.5 + .3 * math.exp(-3 * b) + .4 * (c - .3) ** 2 \
        + .1 * sum((x - .5) ** 2 for x in u[3:])


OTHER_A = {
    "a-hartmann3": (["lr", "rank", "dropout"], hartmann3, dict(shift=.12)),
    "a-rosenlog6": (["lr", "rank", "dropout", "weight_decay", "warmup", "batch_size"],
                    lambda u: math.log1p(rosenbrock([1 + 3 * (x - .5) for x in (u[0], u[3], u[1], u[2])])
                                         + (u[4] - .4) ** 2 + (u[5] - .6) ** 2), dict(shift=.15)),
    "a-styblinski5cat": (["lr", "rank", "dropout", "alpha_mode", "target_modules"],
                         lambda u: styblinski([8 * (x - .45) for x in u]) / 20, dict(cat_offset=1.0, cat_shift=.12)),
    "a-plateau8cliff": (["lr", "rank", "dropout", "alpha_mode", "target_modules", "weight_decay", "warmup", "batch_size"],
                        _plateau, dict(cat_offset=.15, cat_shift=.1, cliff=.8)),
    "a-camel3noisy": (["lr", "rank", "dropout"],
                      lambda u: camel6(3 * (u[0] - .5), 2 * (u[1] - .5)) + 2 * (u[2] - .4) ** 2, dict(noise=.10, iqr=2.0, shift=.15)),
}
OTHER_C = {"c-hpolib-protein": ("hpolib", "protein_structure"), "c-nn-segment": ("hpobench", "segment")}


def selftest(t):
    t(abs(hartmann3((.114614, .555649, .852547)) + 3.86278) < 1e-5, "Hartmann-3 minimum -3.86278")
    t(abs(styblinski((-2.903534,) * 4) + 4 * 39.16617) < 1e-4, "Styblinski-Tang minimum")
    t(rosenbrock((1, 1, 1)) == 0 and abs(camel6(.0898, -.7126) + 1.0316) < 1e-4, "Rosenbrock and six-hump camel minima")
