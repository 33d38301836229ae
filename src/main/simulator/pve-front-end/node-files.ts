/** Files of a single node that the API changes and nothing else reads: name servers, network, package sources. */
export class NodeFiles {
  readonly #contents = new Map<string, unknown>()

  /** What was written last, else what the installer left. */
  read<T>(node: string, file: string, installed: T): T {
    const name = `${node}:${file}`
    return this.#contents.has(name) ? (this.#contents.get(name) as T) : installed
  }

  write(node: string, file: string, content: unknown): void {
    this.#contents.set(`${node}:${file}`, content)
  }
}
