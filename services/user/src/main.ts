import { runService } from '@stampede/kit/service'
import { openApp } from './app.ts'
import { loadConfig } from './config.ts'

const config = loadConfig()
await runService('user', config, (log) => openApp(config, log))
