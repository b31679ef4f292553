"""Hour 17: diffusion models.

jump: add the noise of all steps up to t at once
ddpm_step: one step of the reverse process
ddim_step: a longer step, without fresh noise or with some
guide: classifier-free guidance
jump_slips: what goes wrong there
ddpm_step_slips: what goes wrong there
ddim_step_slips: what goes wrong there
guide_slips: what goes wrong there
"""
