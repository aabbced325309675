"""Which arithmetic a device is fast at."""

import torch


def half_precision_pays(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32: on GPUs, and on CPUs that have instructions for it."""
    if device.type == "cuda":
        return True
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())
