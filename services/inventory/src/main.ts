import { runService } from '@stampede/kit/service'
import { openApp } from './app.ts'
import { config } from './config.ts'

await runService('inventory', config, (log) => openApp(config, log))
