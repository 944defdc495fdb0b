import CasterControl

HookClient.run()
