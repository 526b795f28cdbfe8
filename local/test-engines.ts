import { after } from 'node:test'
import { type EngineName, type EngineUrls, givenUrls, missingEngines, openEngines } from './engines.ts'

/**
 * Engines for an integration test: those `npm test` has started, else own ones for a file run by hand, which
 * end with its tests. Call it once, at the top of the file.
 */
export async function testEngines(only?: readonly EngineName[]): Promise<EngineUrls> {
  if (missingEngines(only).length === 0) return givenUrls() as EngineUrls
  const engines = await openEngines({ profile: 'test', only })
  after(() => engines.close())
  return engines.urls
}
