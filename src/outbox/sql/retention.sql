SELECT seconds FROM retention
