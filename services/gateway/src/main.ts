import { runService } from '@stampede/kit/service'
import { openApp } from './app.ts'
import { loadConfig } from './config.ts'

const config = loadConfig()
await runService('gateway', config, (log) => openApp(config, log))
