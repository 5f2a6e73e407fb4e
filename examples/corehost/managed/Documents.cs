// The program for corehost: makes documents of up to some megabytes one after the other, counts their words and keeps
// the last few, as a service with a small cache does.
//     corehost --limit 64M Documents.dll [COUNT]
using System;
using System.Collections.Generic;

public static class Documents
{
    private const int Kept = 3;

    private static char[] Make(Random random)
    {
        char[] text = new char[random.Next(50000, 2000000)];
        for (int i = 0; i < text.Length; i++)
            text[i] = random.Next(6) == 0 ? ' ' : (char)('a' + i % 26);
        return text;
    }

    private static Dictionary<string, int> CountWords(char[] text)
    {
        Dictionary<string, int> words = new Dictionary<string, int>();
        for (int begin = 0, i = 0; i <= text.Length; i++)
            if (i == text.Length || text[i] == ' ')
            {
                string word = new string(text, begin, Math.Min(i - begin, 3));
                words.TryGetValue(word, out int count);
                words[word] = count + 1;
                begin = i + 1;
            }
        return words;
    }

    public static int Main(string[] arguments)
    {
        int count = arguments.Length > 0 ? int.Parse(arguments[0]) : 60, caught = 0;
        char[][] kept = new char[Kept][];
        Random random = new Random(1);
        long words = 0;

        for (int i = 0; i < count; i++)
        {
            try
            {
                kept[i % Kept] = Make(random);
                foreach (KeyValuePair<string, int> word in CountWords(kept[i % Kept]))
                    words += word.Value;
            }
            catch (OutOfMemoryException)
            {
                caught++;
            }
        }
        Console.WriteLine($"{words} words in {count - caught} documents, {caught} were too large for the memory there is");
        Console.WriteLine($"collections: {GC.CollectionCount(0)}, of the whole heap: {GC.CollectionCount(2)}");
        return 0;
    }
}
