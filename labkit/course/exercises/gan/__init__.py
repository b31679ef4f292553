"""Hour 15: generative adversarial networks.

discriminator_loss: real against fake, from logits
generator_losses: minimax and non-saturating
gradient_penalty: a published implementation that is wrong for images, to be mended
class_conditioning: the class joined to vectors and images
discriminator_loss_slips: what goes wrong there
generator_losses_slips: what goes wrong there
gradient_penalty_slips: what goes wrong there
class_conditioning_slips: what goes wrong there
"""
