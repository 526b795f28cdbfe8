import { cpSync, existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { PartSpec, Report } from '../part.ts'
import { CACHE_HOME, type Profile, ROOT } from '../profile.ts'
import { bringOnce, runCommand } from './bring.ts'
import { findOnPath } from './redis-binary.ts'

const MODULE = 'github.com/jaegertracing/jaeger'
/** Jaeger 2; its module still counts from 1. */
const VERSION = 'v1.76.0'
const FOLDER = `jaeger-${VERSION}`
/** Some five minutes on two cores; a quarter of an hour when they are busy. */
const BUILD_MS = 1_200_000

/** The trace backend, built from its Go module once; undefined where there is no Go. */
export async function findJaeger(report: Report): Promise<string | undefined> {
  const go = findOnPath('go')
  if (!go) return builtJaeger()
  const fill = (draft: string) => {
    report({ part: 'jaeger', kind: 'set-up', text: 'builds once, in some minutes' })
    return build(go, draft)
  }
  await bringOnce({ name: FOLDER, report, fill })
  return builtJaeger()
}

/** It, if it was built before: for those who cannot wait. */
export function builtJaeger(): string | undefined {
  const file = resolve(CACHE_HOME, FOLDER, 'jaeger')
  return existsSync(file) ? file : undefined
}

/** `url` is where it is asked for traces; `otlpUrlOf` says where spans go. */
export function jaegerSpec(file: string, profile: Profile): PartSpec {
  const at = (part: 'jaeger' | 'jaeger-grpc' | 'otlp') => `127.0.0.1:${profile.port(part)}`
  const url = jaegerUrlOf(profile)
  return {
    name: 'jaeger',
    role: 'engine',
    url,
    file,
    args: ['--config', resolve(ROOT, 'infra/jaeger/config.yaml')],
    env: {
      ...process.env,
      JAEGER_OTLP: at('otlp'),
      JAEGER_QUERY: at('jaeger'),
      JAEGER_QUERY_GRPC: at('jaeger-grpc'),
    },
    channel: false,
    stop: { signal: 'SIGTERM', limitMs: 5_000 },
    async check() {
      const answer = await fetch(`${url}/api/services`, { signal: AbortSignal.timeout(2_000) })
      await answer.body?.cancel()
      if (!answer.ok) throw new Error(`jaeger answers ${answer.status}`)
    },
    readyMs: 20_000,
  }
}

export function jaegerPorts(profile: Profile): [string, number][] {
  return (['otlp', 'jaeger', 'jaeger-grpc'] as const).map((part) => [part, profile.port(part)])
}

export function jaegerUrlOf(profile: Profile): string {
  return `http://127.0.0.1:${profile.port('jaeger')}`
}

export function otlpUrlOf(profile: Profile): string {
  return `http://127.0.0.1:${profile.port('otlp')}`
}

/** In a copy of the module: as a dependency it cannot be built, and where Go keeps modules it may not. */
async function build(go: string, folder: string): Promise<void> {
  const gopath = resolve(folder, 'go')
  const own = { GOPATH: gopath, GOCACHE: resolve(folder, 'go/build'), GOFLAGS: '-mod=mod -modcacherw' }
  const env = { ...process.env, ...own, CGO_ENABLED: '0' }
  await runCommand({ file: go, args: ['mod', 'download', `${MODULE}@${VERSION}`], env, limitMs: BUILD_MS })
  const source = resolve(folder, 'source')
  cpSync(resolve(gopath, 'pkg/mod', `${MODULE}@${VERSION}`), source, { recursive: true })
  const args = ['build', '-C', source, '-trimpath', '-o', resolve(folder, 'jaeger'), './cmd/jaeger']
  await runCommand({ file: go, args, env, limitMs: BUILD_MS })
  for (const part of [source, gopath]) rmSync(part, { recursive: true, force: true })
}
