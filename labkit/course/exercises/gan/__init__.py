"""Hour 15: generative adversarial networks.

class_conditioning: both players are told the class
class_slips: what goes wrong there
discriminator_loss: real against fake, from logits
generator_losses: minimax and non-saturating
gradient_penalty: the slope of the critic
penalty_slips: what goes wrong there
"""
