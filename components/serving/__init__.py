"""Does the exported model answer as it was evaluated?"""
