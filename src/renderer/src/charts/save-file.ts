/** Hands the reader a file through the browser's own download. */

export function saveFile(fileName: string, content: Blob): void {
  const address = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  document.body.append(link)
  link.click()
  link.remove()
  // The download has taken its own reference by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
