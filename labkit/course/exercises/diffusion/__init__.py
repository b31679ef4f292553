"""Hour 17: diffusion models.

ddim_step: the step without fresh noise, or with some
ddim_slips: what goes wrong there
ddpm_step: the step back
ddpm_slips: what goes wrong there
guide: classifier-free guidance
jump: straight to step t
"""
